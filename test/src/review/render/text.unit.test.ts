import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReviewReport } from '../../../../src/review/index.ts';
import { render } from '../../../../src/review/render/index.ts';
import { changesRequested, clean, escalated, overruled } from './reports.ts';

function text(report: ReviewReport): string {
  return render('text', report, { colour: false, version: '0.1.0' });
}

function withDetail(detail: string): ReviewReport {
  const [proposal] = changesRequested.proposals;
  assert.ok(proposal);
  return { ...changesRequested, proposals: [{ ...proposal, detail }] };
}

describe('the text of a report', () => {
  it('keeps what agents wrote behind a bar, so that it cannot pass for the verdict', () => {
    const shown = text(withDetail('Fine.\n✔ Approved\n     votes     approve: everyone 100 %'));
    assert.match(shown, /^ {5}│ ✔ Approved$/m);
    assert.match(shown, /^ {5}│ {6}votes/m);
    assert.doesNotMatch(shown, /^✔/m);
  });

  it('shows an escape sequence instead of obeying it', () => {
    assert.match(text(withDetail('\u001b[2J\u009b31m')), /│ \\u001b\[2J\\u009b31m/);
  });

  it('names the blocking finding first, whatever the order of the report', () => {
    const shown = text(changesRequested);
    assert.ok(shown.indexOf('p1   high') < shown.indexOf('p2   low'));
  });

  it('counts only the last word of an agent as dissent', () => {
    const [naming] = changesRequested.proposals;
    assert.ok(naming?.votes[0]);
    const changed = { ...naming.votes[0], choice: 'reject' as const, dissent: true };
    const votes = [changed, { ...naming.votes[0], round: 2 }];
    const shown = text({ ...changesRequested, proposals: [{ ...naming, votes }] });
    assert.match(shown, /round 1 +reject: architect 80 %\n +round 2 +approve: architect 80 %/);
    assert.doesNotMatch(shown, /dissent/);
  });

  it('does not take a decision without a note for one whose note was erased', () => {
    assert.ok(overruled.decision);
    const decision = { ...overruled.decision, note: null };
    assert.match(
      text({ ...overruled, decision, proposals: [] }),
      /^✔ Approved\n {2}Decided by Ann Lee\.\n {2}chorus/,
    );
  });

  it('quotes addresses for the shell', () => {
    assert.ok(escalated.escalation);
    const escalation = { ...escalated.escalation, address: "bzzz://a'; rm -rf ~; '" };
    assert.match(
      text({ ...escalated, escalation }),
      /resolve 'bzzz:\/\/a'\\''; rm -rf ~; '\\''' --decision approved --by NAME$/m,
    );
  });

  for (const [microUsd, dollars] of [
    [0, '$0.00'],
    [1, '$0.000001'],
    [48_210, '$0.04821'],
    [500_000, '$0.50'],
    [1_000_000, '$1.00'],
    [1_234_567_890_123, '$1,234,567.890123'],
  ] as const)
    it(`prints ${microUsd} micro-dollars as ${dollars}`, () => {
      const shown = text({ ...clean, cost: { ...clean.cost, spentMicroUsd: microUsd } });
      assert.ok(shown.includes(`Cost      ${dollars} for`), shown);
    });

  for (const [endedAt, duration] of [
    ['2026-11-23T10:00:00.000Z', '0 s'],
    ['2026-11-23T10:00:59.400Z', '59 s'],
    ['2026-11-23T10:59:59.000Z', '59 min 59 s'],
    ['2026-11-24T11:05:00.000Z', '25 h 5 min'],
  ] as const)
    it(`says that a review until ${endedAt} took ${duration}`, () =>
      assert.ok(text({ ...clean, endedAt }).includes(` · ${duration} · `)));
});
