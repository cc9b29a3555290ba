import { z } from 'zod';
import {
  agentAddress,
  budgetAddress,
  contentHash,
  parseAddress,
  Refusal,
} from '../../events/index.ts';
import type { CallOption } from '../ports.ts';
import { uuidV7 } from '../shared/ids.ts';
import {
  extractSummary,
  renderPrompt,
  summaryAnswer,
  type CountTokens,
  type Remark,
  type Role,
} from '../shared/prompt/index.ts';
import type { ReviewDeps } from './deps.ts';
import { again, forkChoice } from './turnWork.ts';

/** Who sums up; an agent like others, but in no review: it reads what they say and takes no side. */
export function scribeOf(project: string): string {
  return agentAddress('scribe', 'scribe', project);
}

const scribe: Role = {
  name: 'scribe',
  title: 'The scribe: what was said, in short',
  prompt: `You keep the record of a review for agents who go on with it. You take no side, judge nothing and add
nothing of your own. You are shown what was said, not the change. Leave out courtesy, repetition and what
everybody agrees on; keep what an argument rests on: the place, the input, the number, the condition. Say
who holds what by role, and name proposals by their ids. Votes, objections and decisions are on record
elsewhere: do not list them.`,
  capabilities: ['summary'],
  tier: 'economy',
  memory: { notes: 0 },
};

/** What a summary is made of. */
export type Material = {
  /** The latest summary before this one, or nothing. */
  readonly previous: { readonly summary: string; readonly upToRound: number } | null;
  /** What was said since. */
  readonly remarks: readonly Remark[];
};

export type ScribeAsked = Material & {
  /** The round up to which everything is summed up. */
  readonly round: number;
  /** The proposals that are still open. */
  readonly proposals: readonly { readonly id: string }[];
  readonly tokensMax: number;
  readonly count: CountTokens;
  /** How often a cap was raised: then what failed for want of money is tried again. */
  readonly lifts: number | undefined;
  /** The model that a fork asks for everything. */
  readonly model: string | null;
};

/** Id of the turn in which what was said up to a round is summed up. */
export function scribeTurn(thread: string, round: number): string {
  return `${parseAddress(thread).task}/summarise/${round}/scribe`;
}

/** Asks the scribe's model for a summary and states it in the scribe's own log; goes on where it was cut off. */
export async function takeScribeTurn(
  deps: ReviewDeps,
  thread: string,
  asked: ScribeAsked,
  signal: AbortSignal,
): Promise<string> {
  const { project } = parseAddress(thread);
  const { round, lifts } = asked;
  const actor = scribeOf(project);
  const turn = scribeTurn(thread, round);
  const { name, capabilities, tier } = scribe;
  const role = { role: name, roleHash: contentHash(scribe), capabilities, tier };
  await deps.actors.handle({
    kind: 'agent',
    actor,
    // Told anew each time: decided by what the agent knows of its role, not by what was said before.
    commandId: uuidV7(deps.clock.nowMs()),
    command: { type: 'register', name, project, ...role },
  });
  await deps.actors.handle({
    kind: 'agent',
    actor,
    commandId: `${turn}/start${again(lifts)}`,
    command: { type: 'startTurn', turn, thread, kind: 'summarise', round },
    signal,
  });
  const paid = { turn, agent: actor, thread, budget: budgetAddress(project) };
  const summary = await deps.calls.call(paid, [optionOf(deps, asked)], read, signal);
  const text = JSON.stringify({ summary });
  const event = { type: 'agent.summary.stated', thread, turn, round } as const;
  const statements = [{ event, body: { subject: thread, text } }];
  await deps.actors.handle({
    kind: 'agent',
    actor,
    commandId: `${turn}/conclude`,
    command: { type: 'conclude', turn, statements },
  });
  return summary;
}

/** Words of English in a token, about. */
const wordsPerToken = 0.7;

function optionOf(deps: ReviewDeps, asked: ScribeAsked): CallOption {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(summaryAnswer);
  const messages = renderPrompt({
    answer: 'bzzz_summary',
    role: scribe,
    change: '',
    memory: [],
    proposals: [],
    positions: [],
    history: { pinned: [], ...readable(deps, asked) },
    summary: {
      open: asked.proposals.map(({ id }) => id),
      wordsMax: Math.ceil(asked.tokensMax * wordsPerToken),
    },
  });
  return {
    request: {
      model: asked.model ?? deps.models[scribe.tier],
      messages,
      maxTokens: deps.maxTokens.summarise,
      schema: { name: 'bzzz_summary', schema },
    },
    choice: asked.model ? forkChoice : `tier.${scribe.tier}`,
  };
}

/** What a prompt has room for: what does not fit, the oldest, is an extract before the rest. */
function readable(deps: ReviewDeps, { previous, remarks, round, count }: ScribeAsked) {
  let left = deps.contextTokens - deps.maxTokens.summarise;
  let from = remarks.length;
  while (from > 0) {
    left -= count(`${JSON.stringify(remarks[from - 1])}\n`);
    if (left < 0) break;
    from--;
  }
  const older = extractSummary(remarks.slice(0, from), deps.maxTokens.summarise, count);
  const before = [previous?.summary ?? '', older].filter((text) => text !== '').join('\n');
  const upToRound = previous?.upToRound ?? round;
  return {
    summary: before === '' ? null : { summary: before, upToRound },
    latest: remarks.slice(from),
  };
}

function read(text: string): string {
  try {
    return summaryAnswer.parse(JSON.parse(text)).summary;
  } catch (cause) {
    const message = 'the model did not answer with the JSON asked for';
    throw new Refusal('MODEL_ANSWER_INVALID', message, { cause });
  }
}
