import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderReport, type AuditReport } from '../../../src/audit/index.ts';

const log = 'ab'.repeat(32);
const report: AuditReport = {
  intact: true,
  node: 'bzzz://local:node@*:*',
  findings: [],
  notes: [],
  logs: [{ actor: 'bzzz://local:node@*:*', kind: 'node', log, length: 1, root: log }],
  checkpoints: [],
  spending: [],
  blocks: 1,
  bytes: 300,
  durationMs: 20,
  blocksPerSecond: 50,
  proof: { blocks: 1, durationMs: 10, blocksPerSecond: 100 },
};

describe('a report as text', () => {
  it('is short when all is well', () => {
    assert.equal(
      renderReport(report),
      'INTACT\n\nVerified bzzz://local:node@*:*: 1 log, 1 block, 300 bytes in 0.02 s (50 blocks/s; the proof alone 100 blocks/s).\n',
    );
  });

  it('says of each finding where it is, what is there and what has to be', () => {
    const where = { actor: 'bzzz://a:a@p:*', log, seq: 7 };
    const text = renderReport({
      ...report,
      intact: false,
      findings: [
        {
          ...where,
          check: 'cost',
          field: 'usage',
          expected: { outputTokens: 2 },
          found: null,
          message: 'm',
        },
      ],
      notes: [{ ...where, kind: 'openHold', message: '40 micro-dollars are held' }],
      spending: [
        {
          actor: 'bzzz://*:*@p:*/cost',
          scope: 'task:t',
          spentMicroUsd: 1_500_000,
          heldMicroUsd: 40,
          limitMicroUsd: 2_000_000,
        },
      ],
    });
    assert.equal(
      text,
      `NOT INTACT: 1 finding

1. cost: m
   at        bzzz://a:a@p:*, log abababababababab, event 7, usage
   expected  {"outputTokens":2}
   found     nothing

Verified bzzz://local:node@*:*: 1 log, 1 block, 300 bytes in 0.02 s (50 blocks/s; the proof alone 100 blocks/s).

Counted again from holds and settlements:
  bzzz://*:*@p:*/cost task:t: $1.50 spent, $0.00004 held, cap $2.00

Lawful, and worth knowing:
  openHold: bzzz://a:a@p:* event 7: 40 micro-dollars are held
`,
    );
  });

  it('prints nothing of a log as it is that could steer a terminal', () => {
    const found = 'a\u001b[2Jb\nc';
    const text = renderReport({
      ...report,
      intact: false,
      findings: [
        { check: 'law', actor: '', log, seq: 0, field: null, expected: 'x', found, message: found },
      ],
    });
    assert.ok(!text.includes('\u001b'), JSON.stringify(text));
    assert.ok(!text.includes('b\nc'), JSON.stringify(text));
  });
});
