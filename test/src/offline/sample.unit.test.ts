import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parseDiff } from '../../../src/shared/diff/index.ts';
import { ask, isShown, proposalsOf, roleNames } from './support.ts';

const folder = `${import.meta.dirname}/../../../src/cli/demo`;
const sample = parseDiff(readFileSync(`${folder}/sample.diff`, 'utf8'));

/** The flaws that sample.md lists: path:line and kind. */
const flaws = readFileSync(`${folder}/sample.md`, 'utf8')
  .split('\n')
  .flatMap((row) => {
    const [, place, kind] = /^\| (\S+:\d+) \| (\S+) \|/.exec(row) ?? [];
    return place === undefined || kind === undefined ? [] : [`${place} ${kind}`];
  });

const proposals = proposalsOf(sample);
const ballots = roleNames.map((role) => ask.ballot(role, sample, { proposals }).votes);

/** Votes for and against a proposal. */
function tally(id: string): { approve: number; reject: number; abstain: number } {
  const sums = { approve: 0, reject: 0, abstain: 0 };
  for (const votes of ballots)
    for (const { proposal, choice } of votes) if (proposal === id) sums[choice] += 1;
  return sums;
}

describe('the sample change', () => {
  it('is reviewed for exactly the flaws it was given', () => {
    assert.equal(flaws.length, 12);
    const found = proposals.map(({ path, line, kind }) => `${path}:${line} ${kind}`);
    assert.deepEqual(found.toSorted(), flaws.toSorted());
  });

  it('is seen by every role, and what is serious by two', () => {
    const roles = new Set(proposals.flatMap(({ by }) => by));
    assert.deepEqual([...roles].toSorted(), roleNames.toSorted());
    for (const { severity, by, kind } of proposals)
      if (severity === 'critical' || severity === 'high') assert.equal(by.length, 2, kind);
  });

  it('leaves nothing undecided, not even by two thirds', () => {
    for (const { id, kind } of proposals) {
      const { approve, reject } = tally(id);
      assert.ok(Math.max(approve, reject) * 3 >= (approve + reject) * 2, kind);
      assert.ok(approve + reject >= 3, kind);
    }
  });

  it('has a proposal rejected against dissent, and one accepted against dissent', () => {
    const outcomes = proposals.map(({ id, kind, path }) => ({ kind, path, ...tally(id) }));
    const rejected = outcomes.filter(({ approve, reject }) => reject > approve);
    assert.deepEqual(rejected, [
      { kind: 'todo', path: 'src/payments/webhook.ts', approve: 1, reject: 3, abstain: 0 },
    ]);
    const disputed = outcomes.filter(({ approve, reject }) => approve > reject && reject > 0);
    assert.deepEqual(disputed, [
      { kind: 'query-in-loop', path: 'scripts/reconcile.py', approve: 3, reject: 1, abstain: 0 },
    ]);
  });

  it('gets votes of different confidence, each with evidence in the change', () => {
    const votes = ballots.flat();
    assert.ok(new Set(votes.map(({ confidencePct }) => confidencePct)).size >= 8);
    for (const { evidence } of votes) {
      assert.equal(evidence.length, 1);
      for (const { path, line } of evidence) assert.ok(isShown(sample, path, line));
    }
  });
});
