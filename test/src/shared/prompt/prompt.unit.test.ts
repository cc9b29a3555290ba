import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readSection, renderPrompt, type Turn } from '../../../../src/shared/prompt/index.ts';

const proposal = {
  id: 'p1',
  path: 'src/a.ts',
  line: 3,
  endLine: 4,
  kind: 'bug',
  severity: 'high',
  title: 'It fails',
  detail: 'When the list is empty.',
};
const turn: Turn = {
  answer: 'bzzz_ballot',
  role: { name: 'reviewer', title: 'The reviewer', prompt: 'You look.' },
  change: '## src/a.ts (modified)\n',
  memory: ['A note.'],
  proposals: [proposal],
  positions: [{ proposal: 'p1', role: 'architect', choice: 'reject', rationale: 'No.' }],
  history: {
    pinned: [{ round: 1, role: 'architect', as: 'object', on: 'p1', text: 'I object.' }],
    summary: { summary: 'They disagree.', upToRound: 1 },
    latest: [{ round: 1, role: 'reviewer', as: 'remark', on: 'p1', text: 'I do not.' }],
  },
};

/** The whole prompt, as one text: what a cache of prefixes sees. */
const promptOf = (over: Partial<Turn> = {}): string =>
  renderPrompt({ ...turn, ...over })
    .map(({ content }) => content)
    .join('\n');

/** How far two prompts are the same. */
function shared(one: string, other: string): string {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return one.slice(0, length);
}

describe('the order of a prompt', () => {
  it('is rules, change, history, proposals, positions, and then what is one agent’s own', () => {
    const names = [...promptOf().matchAll(/^<(\w+)>$/gm)].map(([, name]) => name);
    const own = ['memory', 'role', 'task'];
    assert.deepEqual(names, ['change', 'history', 'proposals', 'positions', ...own]);
  });

  it('shares all but their own part between the agents of a turn', () => {
    const role = { name: 'architect', title: 'The architect', prompt: 'You think.' };
    const prefix = shared(promptOf(), promptOf({ role, memory: ['Another note.'] }));
    assert.ok(prefix.endsWith('</positions>\n<memory>\n[\n"A'), prefix.slice(-80));
  });

  it('shares rules and change between all turns of a review', () => {
    const first = { proposals: [], positions: [], history: null };
    const prefix = shared(promptOf(), promptOf({ ...first, answer: 'bzzz_review' }));
    assert.ok(prefix.includes('</change>\n<'), prefix);
  });

  it('leaves out what there is nothing of', () => {
    const none = { proposals: [], positions: [], memory: [], history: null, change: '' };
    const prompt = promptOf(none);
    for (const name of ['change', 'history', 'proposals', 'positions', 'memory'])
      assert.equal(readSection(prompt, name), null);
  });
});

describe('the history in a prompt', () => {
  it('is what must not be lost, then the summary, then the latest, a line each', () => {
    const lines = (readSection(promptOf(), 'history') ?? '').split('\n');
    const { pinned = [], summary, latest = [] } = turn.history ?? {};
    assert.deepEqual(
      lines.map((line): unknown => JSON.parse(line)),
      [...pinned, summary, ...latest],
    );
  });
});

describe('the prompt for a summary', () => {
  it('says which proposals are open, and how many words there may be', () => {
    const summary = { open: ['p2', 'p7'], wordsMax: 350 };
    const prompt = promptOf({ answer: 'bzzz_summary', change: '', summary });
    assert.match(readSection(prompt, 'task') ?? '', /at most 350 words[^]* open: p2, p7\./);
    assert.equal(readSection(prompt, 'change'), null);
  });
});
