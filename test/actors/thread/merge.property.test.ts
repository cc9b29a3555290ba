import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type EnteredFinding } from '../../../actors/index.ts';
import { mergeFindings } from '../../../actors/thread/merge.ts';
import { severityOrder } from '../../../events/index.ts';
import { after, ann, begun, bob, cid, finding, statement } from './script.ts';

const begunThread = after(...begun).state.context;
const merge = (...findings: EnteredFinding[]) => mergeFindings({ ...begunThread, findings });

const lines = (line: number, endLine: number) => ({ path: 'src/cap.ts', line, endLine });
const anyFinding = fc
  .record({
    agent: fc.constantFrom(ann, bob, cid),
    path: fc.constantFrom('a.ts', 'b.ts', 'B.ts'),
    line: fc.integer({ min: 1, max: 12 }),
    length: fc.integer({ min: 0, max: 4 }),
    kind: fc.constantFrom('bug', 'style'),
    severity: fc.constantFrom(...severityOrder),
  })
  .map(({ agent, path, line, length, kind, severity }) =>
    finding(agent, { place: { path, line, endLine: line + length }, kind, severity }),
  );
const anyFindings = fc.uniqueArray(anyFinding, { selector: ({ ref }) => ref.hash, maxLength: 8 });

describe('findings', () => {
  it('of one kind that overlap are one claim, at its widest and most severe', () => {
    const first = finding(ann, { place: lines(3, 5), severity: 'low' });
    const second = finding(bob, { place: lines(5, 8), severity: 'critical' });
    const [proposal, ...others] = merge(second, first);
    assert.deepEqual(others, []);
    assert.deepEqual(proposal?.place, lines(3, 8));
    assert.equal(proposal?.severity, 'critical');
    assert.deepEqual(proposal?.sources, [first.ref, second.ref]);
  });

  it('stay apart when they touch no common line, or differ in kind or file', () => {
    const other = { path: 'src/log.ts', line: 3, endLine: 5 };
    const apart = [
      finding(ann, { place: lines(3, 5) }),
      finding(bob, { place: lines(6, 8) }),
      finding(bob, { place: lines(3, 5), kind: 'style' }),
      finding(bob, { place: other }),
    ];
    const merged = merge(...apart);
    assert.deepEqual(
      merged.map(({ proposal }) => proposal),
      ['p1', 'p2', 'p3', 'p4'],
    );
    assert.deepEqual(
      merged.map(({ place, kind }) => [place.path, place.line, kind]),
      [
        ['src/cap.ts', 3, 'bug'],
        ['src/cap.ts', 3, 'style'],
        ['src/cap.ts', 6, 'bug'],
        ['src/log.ts', 3, 'bug'],
      ],
    );
  });

  it('have a hash that any change of what is claimed, and by whom, changes', () => {
    const hashes = [
      merge(finding(ann)),
      merge(finding(bob)),
      merge(finding(ann, { severity: 'low' })),
      merge(finding(ann, { kind: 'style' })),
      merge(finding(ann, { place: lines(3, 6) })),
      merge({ ...finding(ann), ref: statement(ann, 'in other words') }),
      merge(finding(ann), finding(bob)),
    ].map(([proposal]) => proposal?.hash);
    assert.equal(new Set(hashes).size, hashes.length);
  });

  it('merge to the same proposals in any order of arrival', () =>
    fc.assert(
      fc.property(
        anyFindings.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
        ),
        ([all, shuffled]) => assert.deepEqual(merge(...shuffled), merge(...all)),
      ),
    ));

  it('are each the source of exactly one proposal, which covers their lines', () =>
    fc.assert(
      fc.property(anyFindings, (all) => {
        const merged = merge(...all);
        assert.equal(merged.flatMap(({ sources }) => sources).length, all.length);
        for (const { ref, place, kind } of all) {
          const [owner, ...others] = merged.filter(({ sources }) => sources.includes(ref));
          assert.ok(owner && others.length === 0);
          assert.equal(owner.kind, kind);
          assert.equal(owner.place.path, place.path);
          assert.ok(owner.place.line <= place.line && place.endLine <= owner.place.endLine);
        }
      }),
    ));
});
