import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAnswerer } from '../../../src/offline/answer.ts';
import { renderPrompt, summaryAnswer, type Remark } from '../../../src/shared/prompt/index.ts';

const answer = createAnswerer();

/** What the offline model makes of what was said, in so many characters. */
function summary(latest: readonly Remark[], charsMax = Infinity): string {
  const role = { name: 'scribe', title: 'The scribe', prompt: 'You sum up.' };
  const nothing = { change: '', memory: [], proposals: [], positions: [] };
  const history = { pinned: [], summary: null, latest };
  const messages = renderPrompt({ answer: 'bzzz_summary', role, ...nothing, history });
  const said = answer(messages, 'bzzz_summary', ({ length }) => length <= charsMax);
  return summaryAnswer.parse(JSON.parse(said)).summary;
}

const remark = (nth: number): Remark => {
  const text = `Point ${nth} is at src/a.ts:${nth}. It goes on for a while after that.`;
  return { round: 1, role: 'reviewer', as: 'reject', on: `p${nth}`, text };
};

describe('the offline model, asked to sum up', () => {
  it('gives the first sentences, the newest first, and says what it is', () => {
    assert.deepEqual(summary([remark(1), remark(2)]).split('\n'), [
      'Offline model (rules, not a language model): the first sentence of each remark, the newest first.',
      'p2, reviewer (reject): Point 2 is at src/a.ts:2.',
      'p1, reviewer (reject): Point 1 is at src/a.ts:1.',
    ]);
  });

  it('says less when there is less room', () => {
    const remarks = Array.from({ length: 100 }, (_, nth) => remark(nth + 1));
    const [long, short] = [summary(remarks), summary(remarks, 500)];
    assert.ok(short.length < 500 && short.length < long.length, `${short.length}`);
    assert.match(short, /^p100, /m);
  });

  it('says so when nothing was said', () => {
    assert.match(summary([]), /^Offline model .*: nothing was said\.$/);
  });
});
