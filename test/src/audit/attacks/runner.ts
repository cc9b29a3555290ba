import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { AuditReport } from '../../../../src/audit/index.ts';
import { Dice } from '../../../support/dice.ts';
import { told } from '../attack.ts';
import type { AttackClass, Expected, Family, Variant } from './family.ts';
import { divided, drawPlan, short, writePlan } from './plan.ts';
import { readScene, type Scene } from './scene.ts';

/** Histories of each ending that a family of attacks is made on. */
const scenesEach = 5;
const drawsMax = 400;
/** Other histories and other attacks under another seed: BZZZ_ATTACK_SEED. */
const seed = Number(process.env['BZZZ_ATTACK_SEED'] ?? 1);
/** One attack alone, as a failure names it: BZZZ_ATTACK. */
const only = process.env['BZZZ_ATTACK'];

/**
 * Makes all attacks of a family and holds what the auditor says against what it has to say. Everything is
 * drawn from the seed but the keys, the nonces and the ids, which are new each time.
 */
export function attackAll(family: Family): void {
  describe(`the auditor of attacks on ${family.name}`, () => {
    const scenes: Scene[] = [];
    let root = '';
    let made = 0;

    before(async () => {
      root = await mkdtemp(join(tmpdir(), 'bzzz-attacks-'));
      for (let index = 0; index < 2 * scenesEach; index++) {
        const sealed = index % 2 === 0;
        const plan = drawPlan(new Dice(seed * 1000 + index, family.name), 2);
        const ending = sealed ? 'stopped' : 'killed';
        const dir = await writePlan(join(root, `honest-${index}`), {
          ...plan,
          chapters: [...plan.chapters, ...(index < 2 ? [divided, short] : [])],
          ending,
          diesAt: null,
        });
        scenes.push(await readScene(root, dir, sealed));
      }
    });
    after(() => rm(root, { recursive: true, force: true }));

    for (const kind of family.classes) {
      it(`finds ${kind.name}`, async () => {
        for (let number = 0; number < kind.variants; number++) {
          const name = `${family.name}/${kind.name}/${number}`;
          if (only !== undefined && only !== name) continue;
          const { scene, variant } = drawVariant(
            scenes,
            kind,
            new Dice(seed * 1000 + number, name),
          );
          const report = await reportOn(scene, variant);
          if (only !== undefined) console.log(`${variant.what}\n${told(report)}`);
          requireFound(report, variant, `BZZZ_ATTACK_SEED=${seed} BZZZ_ATTACK='${name}'`);
          made++;
        }
      });
    }

    it('made as many attacks as it has to', () => {
      const planned = family.classes.reduce((sum, { variants }) => sum + variants, 0);
      assert.equal(made, only === undefined ? planned : Math.min(made, 1));
    });
  });
}

async function reportOn({ victim, checkpoint }: Scene, variant: Variant): Promise<AuditReport> {
  const { attack, onlyWitnessed = false } = variant;
  if (!onlyWitnessed) return victim.attacked(attack);
  const alone = await victim.attacked(attack);
  assert.ok(alone.intact, `${variant.what}\n${told(alone)}`);
  return victim.attacked(attack, { against: [{ file: 'kept.note', checkpoint }] });
}

function drawVariant(
  scenes: readonly Scene[],
  { name, on, draw }: AttackClass,
  dice: Dice,
): { scene: Scene; variant: Variant } {
  const fit = scenes.filter(({ sealed }) => on === 'both' || sealed === (on === 'sealed'));
  for (let draws = 0; draws < drawsMax; draws++) {
    const scene = fit[dice.whole(0, fit.length - 1)];
    const variant = scene && draw(scene, dice);
    if (scene && variant) return { scene, variant };
  }
  throw new TypeError(`no history has anything for: ${name}`);
}

function requireFound(report: AuditReport, variant: Variant, again: string): void {
  const message = `${variant.what}\n${again}\n${told(report)}`;
  assert.ok(!report.intact, message);
  for (const expected of variant.finds) {
    const found = report.findings.find(
      ({ actor, log }) => log === expected.log || (expected.log === '' && actor === ''),
    );
    assert.ok(found && fits(found, expected), `${JSON.stringify(expected)}\n${message}`);
  }
  if (variant.follows === 'anywhere') return;
  const attacked = new Set(variant.finds.map(({ log }) => log));
  const elsewhere = report.findings.filter(
    ({ actor, log }) => !attacked.has(log) && !(actor === '' && attacked.has('')),
  );
  assert.deepEqual(elsewhere, [], message);
}

function fits(found: AuditReport['findings'][number], { check, seq, field }: Expected): boolean {
  const [from, to] = Array.isArray(seq) ? seq : [seq, seq];
  return (
    [check].flat().includes(found.check) &&
    (seq === undefined ||
      found.seq === seq ||
      (found.seq !== null && from <= found.seq && found.seq <= to)) &&
    (field === undefined || found.field === field)
  );
}
