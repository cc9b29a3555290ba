import { countTokens, setMergeCacheSize } from 'gpt-tokenizer/encoding/o200k_base';
import { budget } from '../../actors/index.ts';
import {
  agentAddress,
  budgetAddress,
  sha256Hex,
  threadAddress,
  type Usage,
} from '../../events/index.ts';
import { createPriceBook } from '../../src/llm/index.ts';
import { scopesOf } from '../../src/llm/calls/scopes.ts';
import { promptTokenBound } from '../../src/llm/tokens.ts';
import type { CommandOf, ModelRequest } from '../../src/ports.ts';
import { Fold } from '../../src/shared/fold.ts';
import { hostileTexts } from '../src/llm/hostileTexts.ts';
import { openTestNode, withTempDir, type TestNode } from '../support/testNode.ts';
import { anew, callFigures, prices, requestOf, sourceCode } from './costCalls.ts';
import { compare, measure, rate, timed, type Bench, type Figure, type Size } from './harness.ts';

const writers = 64;
const pairsFull = 512;
const quotesFull = 50;
const promptBytes = 100_000;
/** Tasks that the ledger has seen before: a new project, some weeks, some years. */
const tasksBefore = { few: 10, some: 1000, many: 10_000 } as const;

/** Money and tokens: what it costs to keep account of what models cost. */
export const cost: Bench = {
  name: 'cost',
  about:
    'ledger, tokens of 100 kB, prices, calls; bare: a ledger of 10 tasks, the exact count, the openai client',
  async run(size) {
    return [
      ...(await ledgerFigures(size)),
      ...(await tokenFigures(size)),
      ...(await priceFigures(size)),
      ...(await callFigures(size)),
    ];
  },
};

type BudgetCommand = CommandOf<'budget'>;

/** Holds and settlements, an event each, in a ledger that has many scopes already. */
async function ledgerFigures(size: Size): Promise<Figure[]> {
  const pairs = size.of(pairsFull);
  // As many decisions a second in an old project as in a new one, or nearly.
  const target = { ratio: 0.7 };
  const figures: Figure[] = [];
  for (const [where, decide] of [
    ['in memory', decideInMemory],
    ['on disk', decideOnDisk],
  ] as const)
    for (const tasks of [tasksBefore.some, tasksBefore.many]) {
      const name = `ledger ${where}, ${tasks.toLocaleString('en')} tasks`;
      const ours = () => decide(tasks, pairs);
      const bare = () => decide(tasksBefore.few, pairs);
      figures.push(await compare(size, { name, unit: 'events/s', target }, { ours, bare }));
    }
  return figures;
}

function decideInMemory(tasks: number, pairs: number): Promise<number> {
  const fold = new Fold('budget');
  const tell = (command: BudgetCommand): void => {
    for (const { event } of budget.decide({ ...command, nowMs }, fold.snapshot))
      if (!fold.accept(event)) throw new TypeError(`${event.type} is not lawful`);
  };
  for (const command of begun(tasks)) tell(command);
  return rate(pairs * 2, () => {
    for (let nth = 0; nth < pairs; nth++) for (const command of pair(`h${nth}`)) tell(command);
  });
}

function decideOnDisk(tasks: number, pairs: number): Promise<number> {
  return withTempDir(async (dir) => {
    const node = await openTestNode(dir);
    for (const [nth, command] of begun(tasks).entries()) await tellOnDisk(node, `b${nth}`, command);
    const each = Math.ceil(pairs / writers);
    const measured = await rate(each * writers * 2, () =>
      Promise.all(
        Array.from({ length: writers }, async (_, writer) => {
          for (let nth = 0; nth < each; nth++)
            for (const [index, command] of pair(`h${writer}/${nth}`).entries())
              await tellOnDisk(node, `${writer}/${nth}/${index}`, command);
        }),
      ),
    );
    await node.close();
    return measured;
  });
}

async function tellOnDisk({ host }: TestNode, commandId: string, command: BudgetCommand) {
  await host.handle({ kind: 'budget', actor: budgetAddress('shop'), commandId, command });
}

const usage: Usage = {
  inputTokens: 9,
  cachedInputTokens: 0,
  cacheWriteTokens: null,
  outputTokens: 9,
  reasoningTokens: 0,
};

/** A ledger with a cap for each task and day, in which so many tasks have spent something. */
function begun(tasks: number): BudgetCommand[] {
  const perHold = 1000;
  const limitMicroUsd = 1e12;
  const commands: BudgetCommand[] = [{ type: 'open', project: 'shop' }];
  for (const scope of ['task', 'day', 'month', 'project:shop'])
    commands.push({ type: 'setLimit', scope, limitMicroUsd, by: 'dana' });
  for (let first = 0; first < tasks; first += perHold) {
    const count = Math.min(perHold, tasks - first);
    const scopes = Array.from({ length: count }, (_, nth) => `task:pr-${first + nth}`);
    commands.push(...pair(`before/${first}`, scopes));
  }
  return commands;
}

const thread = threadAddress('shop', 'pr-1');
const agent = agentAddress('ann', 'reviewer', 'shop');
const nowMs = Date.parse('2026-11-24T12:00:00.000Z');
const usualScopes = scopesOf({ clock: { nowMs: () => nowMs }, labels: {} }, { agent, thread });
const terms = { promptTokens: 20, maxTokens: 20, serviceTier: 'standard', region: null } as const;
const price = prices.price('gpt-5-mini');

function pair(hold: string, scopes: readonly string[] = usualScopes): BudgetCommand[] {
  const asked = {
    scopes,
    expiresInMs: 60_000,
    thread,
    agent,
    model: 'gpt-5-mini',
    priceBook: sha256Hex('book'),
    price,
    terms,
  };
  return [
    { type: 'hold', hold, ...asked },
    { type: 'settle', hold, usage, serviceTier: null },
  ];
}

/** It repeats itself, as a tokenizer that remembers pieces likes it. */
const prose =
  'Several agents review a change, each alone and from its own role. They vote, decide or ask a person, ' +
  'and stay within a budget that holds; whoever looks at the log afterwards can prove who said what, and why.\n';

/** Of what a prompt may hold, what an exact count can be made of in bounded time. */
const countable = ['Chinese between commas', 'short words that nobody uses', 'a mix'];

async function tokenFigures(size: Size): Promise<Figure[]> {
  const bytes = size.of(promptBytes);
  const texts = new Map([
    ['prose', prose.repeat(Math.ceil(bytes / prose.length))],
    ['code', sourceCode(bytes)],
    ...countable.map((name): [string, string] => [name, hostileTexts[name]?.(bytes) ?? '']),
  ]);
  // The cache of the library would know every piece from the round before.
  setMergeCacheSize(0);
  const figures: Figure[] = [];
  for (const [name, text] of texts)
    figures.push(
      await compare(
        size,
        { name: `token bound, ${name}`, unit: 'ms' },
        {
          ours: () => timed(() => bound(text)),
          bare: () => timed(() => countTokens(text, { disallowedSpecial: new Set() })),
        },
      ),
    );
  return figures;
}

function bound(content: string): number {
  return promptTokenBound({ messages: [{ role: 'user', content }] }, 'o200k');
}

async function priceFigures(size: Size): Promise<Figure[]> {
  const quotes = size.of(quotesFull);
  const quote = (request: ModelRequest) => async () => {
    const wholeMs = await timed(() => {
      for (let nth = 0; nth < quotes; nth++) prices.quote(anew(request));
    });
    return wholeMs / quotes;
  };
  const load = () =>
    timed(() => createPriceBook({}, { serviceTier: 'standard', region: null }, Date.now()));
  return [
    await measure(size, { name: 'price book, load', unit: 'ms' }, load),
    await measure(size, { name: 'quote, prompt of 1 kB', unit: 'ms' }, quote(requestOf(1000))),
    await measure(size, { name: 'quote, prompt of 40 kB', unit: 'ms' }, quote(requestOf(40_000))),
  ];
}
