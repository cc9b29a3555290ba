import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Dice } from '../../../support/dice.ts';
import { withTempDir } from '../../../support/testNode.ts';
import { auditOf, told } from '../attack.ts';
import { drawPlan, writePlan } from './plan.ts';

/** Histories in all; two files write one half each, so that they are written at the same time. */
export const honestHistories = 500;
const together = 25;
/** Other histories under another seed: BZZZ_ATTACK_SEED. One alone, as a failure names it: BZZZ_HISTORY. */
const base = Number(process.env['BZZZ_ATTACK_SEED'] ?? 1) * 1000;
const only = process.env['BZZZ_HISTORY'];

/** Writes one half of the honest histories, and has the auditor find nothing in any of them. */
export function auditHonest(half: 0 | 1): void {
  const from = (honestHistories / 2) * half;
  const to = from + honestHistories / 2;
  describe(`the auditor of honest histories ${from} to ${to - 1}`, () => {
    let audited = 0;
    for (let first = from; first < to; first += together) {
      it(`finds nothing in ${first} to ${first + together - 1}`, () =>
        withTempDir(async (root) => {
          for (let number = first; number < first + together; number++) {
            if (only !== undefined && only !== String(number)) continue;
            const dice = new Dice(base + number, 'honest');
            const dir = await writePlan(join(root, String(number)), drawPlan(dice));
            const report = await auditOf(dir);
            const again = `BZZZ_ATTACK_SEED=${base / 1000} BZZZ_HISTORY=${number}`;
            assert.deepEqual(report.findings, [], `${again}\n${told(report)}`);
            assert.ok(report.intact && report.blocks > 0, again);
            audited++;
          }
        }));
    }

    it('audited as many as it has to', () => {
      assert.equal(audited, only === undefined ? to - from : Math.min(audited, 1));
    });
  });
}
