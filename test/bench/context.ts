import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { historyFor } from '../../src/review/history.ts';
import { renderPrompt, type Turn } from '../../src/shared/prompt/index.ts';
import { missingFrom } from '../src/review/historyCheck.ts';
import { scribeCalls, talkDeps } from '../src/review/historyActors.ts';
import { converse, type Conversation, type Had } from '../src/review/historyThread.ts';
import { talk } from '../src/review/historyTalk.ts';
import { openTestNode, withTempDir, type TestNode } from '../support/testNode.ts';
import { Dice } from '../torture/dice.ts';

/**
 * How many tokens a prompt takes with all that was said in it, and how many with what is made of it:
 *
 *   node test/bench/context.ts
 */

/** Remarks of 20 to 120 words, votes with 20 to 60 words of reason, three rounds, and a fourth vote due. */
export const conversations: readonly Conversation[] = [
  { task: 'm50', agents: 4, proposals: 7, messages: 50, decided: 1, objectingPct: 15 },
  { task: 'm200', agents: 6, proposals: 18, messages: 200, decided: 3, objectingPct: 15 },
  { task: 'm1000', agents: 14, proposals: 30, messages: 1000, decided: 2, objectingPct: 15 },
  { task: 'm1000-30', agents: 14, proposals: 30, messages: 1000, decided: 2, objectingPct: 30 },
  { task: 'm1000-60', agents: 14, proposals: 30, messages: 1000, decided: 2, objectingPct: 60 },
  {
    task: 'm1000-one-round',
    agents: 34,
    proposals: 30,
    messages: 1000,
    decided: 0,
    objectingPct: 15,
    rounds: 1,
  },
];

export type Shrunk = {
  readonly name: string;
  readonly messages: number;
  readonly votes: number;
  readonly objections: number;
  readonly open: number;
  /** Tokens (o200k) of a prompt for the next vote without the change: with every word, and compressed. */
  readonly full: number;
  readonly compressed: number;
  /** Of these, what has to be there to the letter; the rest is summary, latest remarks and instructions. */
  readonly pinned: number;
  /** What has to be in the compressed prompt and is not. */
  readonly missing: readonly string[];
  readonly fewerPct: number;
};

const role = { name: 'reviewer', title: 'The reviewer', prompt: 'You look for what goes wrong.' };
const base = { answer: 'bzzz_ballot', role, change: '', memory: [] } as const;

/** Has the conversation, and compares the two prompts. */
export async function shrink(node: TestNode, conversation: Conversation): Promise<Shrunk> {
  const had = await converse(node, conversation);
  // A scribe that writes more than it was asked for: the summary is as long as it may be.
  const summary = talk(new Dice(7), 3000, 3000);
  const calls = scribeCalls(node.host, () => JSON.stringify({ summary }));
  const { open: proposals, context, thread } = had;
  const signal = new AbortController().signal;
  const asked = { proposals, count: countTokens, restTokensMax: 4000, signal };
  const work = { turn: 'vote', round: had.rounds + 1 } as const;
  const before = await historyFor(talkDeps(node, calls), thread, context, work, asked);
  const prompt = text({ ...base, proposals, ...before });
  const pinned = before.history?.pinned ?? [];
  const bare = { positions: barePositions(had), history: { pinned, summary: null, latest: [] } };
  const compressed = countTokens(prompt);
  const full = countTokens(fullText(had, pinned));
  return {
    name: conversation.task,
    messages: conversation.messages,
    votes: had.said.length - conversation.messages,
    objections: had.said.filter(({ as }) => as === 'object').length,
    open: proposals.length,
    full,
    compressed,
    pinned: countTokens(text({ ...base, proposals, ...bare })),
    missing: await missingFrom(prompt, node.host, had),
    fewerPct: 100 * (1 - compressed / full),
  };
}

type History = NonNullable<Turn['history']>;

function text(turn: Turn): string {
  return renderPrompt(turn)
    .map(({ content }) => content)
    .join('\n');
}

/** Every word: all proposals, all decisions, and who said what, in order. */
function fullText({ proposals, said }: Had, pinned: History['pinned']): string {
  const decisions = pinned.filter((line) => 'decision' in line);
  const history = { pinned: [...decisions, ...said], summary: null, latest: [] };
  return text({ ...base, proposals, positions: [], history });
}

/** The positions of the last round without any remark that could as well be left out. */
function barePositions({ said, rounds, open }: Had) {
  return said
    .filter(({ as, round, on }) => {
      return (
        round === rounds && as !== 'remark' && as !== 'object' && open.some(({ id }) => id === on)
      );
    })
    .map(({ as, on, role: from, text: reason, round }) => {
      const objections = said.filter(
        (other) =>
          other.as === 'object' && other.round === round && other.role === from && other.on === on,
      );
      const rationale = [reason, ...objections.map((objection) => objection.text)].join(' ');
      return { proposal: on ?? '', role: from, choice: as, rationale };
    });
}

/** A table of all conversations. */
async function main(): Promise<void> {
  const head = [
    '',
    'messages',
    'votes',
    'objections',
    'open',
    'full',
    'compressed',
    'pinned',
    'fewer',
    'missing',
  ];
  const rows = await withTempDir(async (dir) => {
    const node = await openTestNode(dir);
    const found: Shrunk[] = [];
    for (const conversation of conversations) found.push(await shrink(node, conversation));
    await node.close();
    return found;
  });
  const cells = rows.map((row) => [
    row.name,
    ...[row.messages, row.votes, row.objections, row.open].map(String),
    ...[row.full, row.compressed, row.pinned].map((tokens) => tokens.toLocaleString('en')),
    `${row.fewerPct.toFixed(1)} %`,
    String(row.missing.length),
  ]);
  for (const row of [head, ...cells])
    console.log(row.map((cell, at) => (at === 0 ? cell.padEnd(16) : cell.padStart(11))).join(''));
}

if (import.meta.main) await main();
