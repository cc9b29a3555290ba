import {
  budgetAddress,
  sha256Hex,
  type Choice,
  type EventOf,
  type StatementRef,
} from '../../events/index.ts';
import type { MemoryLogs, Said } from './memoryLogs.ts';

/** What is to happen in a review; every agent has the role `reviewer`. */
export type Story = {
  readonly project: string;
  readonly task: string;
  readonly agents: readonly string[];
  readonly findingsEach: number;
  /** What an agent votes on a proposal, both by index; approve if left out. */
  readonly vote?: (agent: number, proposal: number) => Choice;
  readonly costMicroUsd?: number;
  /** Further scopes that every call counts in, such as `team:payments`. */
  readonly labels?: readonly string[];
  /** How it ends: agreed, answered by a person, by silence, or not yet: waiting for a person. */
  readonly ending?: 'agreed' | 'resolved' | 'defaulted' | 'escalated';
};

export type Statement = Said<EventOf<'agent'>>;

export const storyModel = 'small-1';
export const storyRole = 'reviewer';
export const later = '2026-11-23T12:00:00.000Z';
const hash = sha256Hex('something');
const blob = { hash, bytes: 100 };
const usage = {
  inputTokens: 1000,
  cachedInputTokens: 200,
  cacheWriteTokens: 50,
  outputTokens: 100,
  reasoningTokens: 10,
};

type Turn = Pick<
  Extract<EventOf<'agent'>, { type: 'agent.turn.started' }>,
  'thread' | 'turn' | 'kind' | 'round'
>;

/** A turn of an agent: one model call, paid for, and what is said after it. */
export function takeTurn(
  logs: MemoryLogs,
  agent: string,
  { thread, turn, kind, round }: Turn,
  { project, task, costMicroUsd = 700, labels = [] }: Story,
  statements: readonly Statement[],
): StatementRef[] {
  const budget = budgetAddress(project);
  const hold = `${agent}#${turn}#1`;
  const call = `${turn}#1`;
  const [started] = logs.append(agent, { type: 'agent.turn.started', turn, thread, kind, round });
  const at = started?.meta.at ?? later;
  const scopes = [
    `task:${task}`,
    `role:${storyRole}`,
    `project:${project}`,
    `day:${at.slice(0, 10)}`,
    `month:${at.slice(0, 7)}`,
    ...labels,
  ];
  const reserved = { hold, scopes, amountMicroUsd: costMicroUsd * 2, expiresAt: later };
  logs.append(budget, {
    type: 'budget.held',
    ...reserved,
    thread,
    agent,
    model: storyModel,
    priceBook: hash,
    terms: { promptTokens: 1200, maxTokens: 500, serviceTier: 'standard', region: null },
  });
  logs.append(
    agent,
    {
      type: 'agent.call.started',
      turn,
      call,
      attempt: 1,
      provider: 'fake',
      model: storyModel,
      choice: 'cheapest',
      requestHash: hash,
      request: blob,
      promptTokensBound: 1200,
      maxTokens: 500,
      hold,
    },
    {
      type: 'agent.call.completed',
      turn,
      call,
      model: storyModel,
      finishReason: 'stop',
      usage,
      serviceTier: 'standard',
      latencyMs: 900,
      answer: blob,
    },
  );
  const money = { amountMicroUsd: costMicroUsd, reportedMicroUsd: costMicroUsd };
  logs.append(budget, {
    type: 'budget.settled',
    hold,
    ...money,
    usage,
    basis: 'usage',
    serviceTier: 'standard',
    priceBook: hash,
  });
  const said = logs.append(agent, ...statements);
  logs.append(agent, { type: 'agent.turn.completed', turn });
  return said.map((recorded) => logs.refTo(recorded));
}
