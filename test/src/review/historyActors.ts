import type { Fact } from '../../../actors/index.ts';
import { sha256Hex, type AgentEvent, type ThreadTurn } from '../../../events/index.ts';
import type {
  Actors,
  CommandOf,
  ModelCalls,
  ModelRequest,
  Outcome,
  PaidTurn,
} from '../../../src/ports.ts';
import type { ReviewDeps } from '../../../src/review/deps.ts';
import { plainTexts, type TestNode } from '../../support/testNode.ts';

const hash = sha256Hex('something');
const blob = { hash, bytes: 100 };
const usage = {
  inputTokens: 100,
  cachedInputTokens: 0,
  cacheWriteTokens: null,
  outputTokens: 50,
  reasoningTokens: 0,
};

/** A model that is asked to sum up, and what it was asked. */
export type Scribe = ModelCalls & { readonly asked: ModelRequest[] };

/** Calls that are recorded with the agent, and answered by a function. */
export function scribeCalls(
  actors: Actors,
  answer: (request: ModelRequest, signal: AbortSignal) => Promise<string> | string,
): Scribe {
  const asked: ModelRequest[] = [];
  return {
    asked,
    async call(turn, [option], read, signal) {
      if (!option) throw new TypeError('a call without options');
      signal.throwIfAborted();
      asked.push(option.request);
      const text = await answer(option.request, signal);
      await recordCall(actors, turn);
      return read(text);
    },
    abandon: async () => undefined,
    left: async () => 1_000_000,
  };
}

/** What a history needs of the world. */
export function talkDeps(node: TestNode, calls: ModelCalls): ReviewDeps {
  return {
    actors: node.host,
    vault: node.store.vault,
    clock: node.clock,
    redactor: plainTexts,
    calls,
    gateway: {
      quote: () => {
        throw new TypeError('nothing is priced here');
      },
    },
    models: { economy: 'small', standard: 'middle', premium: 'large' },
    maxTokens: { review: 4000, vote: 3000, discuss: 1500, summarise: 1000 },
    countTokens: (text) => Math.ceil(text.length / 4),
    contextTokens: 60_000,
    choice: 'role',
    turnMs: 60_000,
    roles: [],
  };
}

async function recordCall(actors: Actors, { turn, agent }: PaidTurn): Promise<void> {
  const call = `${turn}/call/1`;
  const tell = teller(actors, agent);
  await tell(`${call}/start`, {
    type: 'startCall',
    turn,
    call,
    attempt: 1,
    provider: 'fake',
    model: 'm',
    choice: 'test',
    requestHash: hash,
    request: blob,
    promptTokensBound: 100,
    maxTokens: 100,
    hold: call,
  });
  const answered = { model: 'm', finishReason: 'stop', usage, serviceTier: null, latencyMs: 1 };
  await tell(`${call}/complete`, {
    type: 'completeCall',
    turn,
    call,
    ...answered,
    answer: blob,
  });
}

/** Tells an agent something. */
export function teller(actors: Actors, actor: string) {
  return (commandId: string, command: CommandOf<'agent'>) =>
    actors.handle({ kind: 'agent', actor, commandId, command, durability: 'process' });
}

type Spoken = {
  readonly thread: string;
  readonly agent: string;
  readonly turn: string;
  readonly kind: ThreadTurn;
  readonly round: number;
};

/** An agent says something, in its own log only. */
export async function speak(
  actors: Actors,
  { agent, ...started }: Spoken,
  statements: readonly Fact<AgentEvent>[],
): Promise<Outcome<'agent'>> {
  const { turn, thread } = started;
  const tell = teller(actors, agent);
  await tell(`${turn}/start`, { type: 'startTurn', ...started });
  await recordCall(actors, { turn, agent, thread, budget: '' });
  return tell(`${turn}/conclude`, { type: 'conclude', turn, statements });
}
