import type { Fact } from '../../actors/index.ts';
import {
  agentAddress,
  budgetAddress,
  threadAddress,
  type ActorKind,
  type AgentEvent,
} from '../../events/index.ts';
import type { CommandOf } from '../../src/ports.ts';
import { testPrice } from '../support/scriptedGateway.ts';
import type { TestNode } from '../support/testNode.ts';

/** An actor, and how it gets about so many events. */
export type History = {
  readonly kind: ActorKind;
  readonly actor: string;
  readonly write: (node: TestNode, events: number) => Promise<void>;
};

const turnsPerTask = 10;
const hash = 'ab'.repeat(32);
const usage = {
  inputTokens: 3000,
  cachedInputTokens: 0,
  cacheWriteTokens: null,
  outputTokens: 400,
  reasoningTokens: 0,
};
const agent = agentAddress('reviewer', 'reviewer', 'shop');
const ledger = budgetAddress('shop');

/** The ledger of a project: each call of each task is held and settled. */
const ledgerHistory: History = {
  kind: 'budget',
  actor: ledger,
  async write(node, events) {
    const tell = teller(node, 'budget', ledger);
    const limitMicroUsd = Number.MAX_SAFE_INTEGER;
    await tell('open', { type: 'open', project: 'shop' });
    for (const scope of ['task', 'day'])
      await tell(`limit/${scope}`, { type: 'setLimit', scope, limitMicroUsd, by: 'Ann' });
    for (let nth = 0; 2 * nth < events; nth++) {
      const { hold, task, thread } = turnOf(nth);
      await tell(`${hold}/hold`, {
        type: 'hold',
        hold,
        scopes: [`task:${task}`, 'day:2026-11-23'],
        expiresInMs: 60_000,
        thread,
        agent,
        model: 'small-1',
        priceBook: hash,
        price: testPrice,
        terms: { promptTokens: 4000, maxTokens: 1000, serviceTier: 'standard', region: null },
      });
      await tell(`${hold}/settle`, { type: 'settle', hold, usage, serviceTier: null });
    }
  },
};

/** An agent that reviews: turn, call, three findings, review. */
const agentHistory: History = {
  kind: 'agent',
  actor: agent,
  async write(node, events) {
    const tell = teller(node, 'agent', agent);
    const role = { role: 'reviewer', roleHash: hash, capabilities: ['review'] };
    const name = { name: 'reviewer', project: 'shop' };
    await tell('register', { type: 'register', ...name, ...role, tier: 'standard' });
    for (let nth = 0; 8 * nth < events; nth++) {
      const { turn, hold, thread } = turnOf(nth);
      const call = { turn, call: `${turn}/1`, model: 'small-1' };
      const blob = { hash, bytes: 2000 };
      await tell(`${turn}/start`, { type: 'startTurn', turn, thread, kind: 'review', round: 0 });
      await tell(`${turn}/call`, {
        type: 'startCall',
        ...call,
        attempt: 1,
        provider: 'provider.example',
        choice: 'tier',
        requestHash: hash,
        request: blob,
        promptTokensBound: 4000,
        maxTokens: 1000,
        hold,
      });
      const answer = {
        finishReason: 'stop',
        usage,
        serviceTier: null,
        latencyMs: 2000,
        answer: blob,
      };
      await tell(`${turn}/answer`, { type: 'completeCall', ...call, ...answer });
      const statements = statementsOf(turn, thread);
      await tell(`${turn}/conclude`, { type: 'conclude', turn, statements });
    }
  },
};

/** The two kinds of actors whose logs grow for as long as a project lives. */
export const histories = { agent: agentHistory, ledger: ledgerHistory } as const;

function turnOf(nth: number) {
  const task = `pr-${Math.floor(nth / turnsPerTask)}`;
  const turn = `${task}/review/${nth}/reviewer`;
  return { task, turn, hold: `${turn}/1`, thread: threadAddress('shop', task) };
}

function statementsOf(turn: string, thread: string): Fact<AgentEvent>[] {
  const said = { thread, turn };
  const body = { subject: thread, text: 'One query per row; a join asks the database once.' };
  const finding = { kind: 'query-in-loop', severity: 'medium', confidencePct: 80 } as const;
  const findings = [0, 1, 2].map((index): Fact<AgentEvent> => {
    const place = { path: 'src/orders.ts', line: 10 * index + 1, endLine: 10 * index + 4 };
    return { event: { type: 'agent.finding.stated', ...said, index, place, ...finding }, body };
  });
  const review = { type: 'agent.review.stated', ...said, findings: 3, dropped: 0 } as const;
  return [...findings, { event: review, body }];
}

// Not synced: how safe the history is makes no difference to how it is read.
function teller<Kind extends ActorKind>({ host }: TestNode, kind: Kind, actor: string) {
  return (commandId: string, command: CommandOf<Kind>) =>
    host.handle({ kind, actor, commandId, command, durability: 'process' });
}
