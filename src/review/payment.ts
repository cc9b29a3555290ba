import { Refusal, type AgentEvent } from '../../events/index.ts';
import type { ModelAnswer } from '../ports.ts';
import { wait } from '../shared/abort.ts';
import type { ReviewDeps } from './deps.ts';

/** The turn that calls belong to, and who pays for them. */
export type PaidTurn = {
  readonly turn: string;
  readonly agent: string;
  readonly thread: string;
  readonly budget: string;
};

const transientTriesMax = 8;
const transientDelayMs = 250;

/**
 * Leaves nothing of a turn unpaid that is not gone on with: a call in flight when the process died is
 * charged its hold, a recorded answer is settled, money held for a call that was never made is released.
 */
export async function abandonCalls(deps: ReviewDeps, turn: PaidTurn): Promise<void> {
  const { answered } = await turnOf(deps, turn);
  if (answered) await settleAnswered(deps, turn, answered);
  await endInterrupted(deps, turn);
  const ledger = await deps.actors.state('budget', turn.budget);
  for (const call of Object.keys(ledger?.context.holds ?? {})) {
    if (!call.startsWith(`${turn.turn}/call/`)) continue;
    await deps.actors.handle({
      kind: 'budget',
      actor: turn.budget,
      commandId: `${call}/end`,
      command: { type: 'release', hold: call, reason: 'superseded' },
    });
  }
}

/** The turn as its agent knows it; reading one that is not open is a programming error. */
export async function turnOf(deps: ReviewDeps, { agent, turn }: PaidTurn) {
  const state = await deps.actors.state('agent', agent);
  const found = state?.context.turns[turn];
  if (!found) throw new TypeError(`turn ${turn} of ${agent} is not under way`);
  return found;
}

/** Settles a recorded answer, if that was not done yet, and returns its record. */
export async function settleAnswered(deps: ReviewDeps, turn: PaidTurn, call: string) {
  const started = await factOf(deps, turn, `${call}/start`, 'agent.call.started');
  const completed = await factOf(deps, turn, `${call}/complete`, 'agent.call.completed');
  await settle(deps, turn, call, started.model, completed.usage);
  return completed;
}

async function factOf<Type extends AgentEvent['type']>(
  deps: ReviewDeps,
  { agent }: PaidTurn,
  command: string,
  type: Type,
): Promise<Extract<AgentEvent, { type: Type }>> {
  const outcome = await deps.actors.outcome('agent', agent, command);
  const event = outcome?.events[0]?.event;
  if (!event || !isOf(event, type)) throw new TypeError(`${command} has no ${type}`);
  return event;
}

function isOf<Type extends AgentEvent['type']>(
  event: AgentEvent,
  type: Type,
): event is Extract<AgentEvent, { type: Type }> {
  return event.type === type;
}

/** Ends a call that was in flight when the process died: nobody knows what it cost, so its hold is charged. */
export async function endInterrupted(deps: ReviewDeps, context: PaidTurn): Promise<void> {
  const { open } = await turnOf(deps, context);
  if (open) await endCall(deps, context, open, { reason: 'interrupted', billable: true });
}

/** Settles a hold by the usage that was reported, or in full without one. */
export async function settle(
  deps: ReviewDeps,
  context: PaidTurn,
  call: string,
  model: string,
  usage: ModelAnswer['usage'],
): Promise<void> {
  const ledger = await deps.actors.state('budget', context.budget);
  // A hold that expired meanwhile was charged in full; there is nothing left to settle.
  if (!ledger?.context.holds[call]) return;
  await deps.actors.handle({
    kind: 'budget',
    actor: context.budget,
    commandId: `${call}/settle`,
    command: {
      type: 'settle',
      hold: call,
      reportedMicroUsd: usage && deps.gateway.cost(model, usage),
      usage,
      priceBook: deps.gateway.priceBook.hash,
    },
  });
}

type CallEnd = {
  reason: string;
  billable: boolean;
  status?: number | null;
  retryAfterMs?: number | null;
};

/**
 * Ends a call without an answer. Money first: if the process dies in between, the call is still open and is
 * ended again.
 */
export async function endCall(
  deps: ReviewDeps,
  context: PaidTurn,
  call: string,
  end: CallEnd,
): Promise<void> {
  const { reason, billable, status = null, retryAfterMs = null } = end;
  await deps.actors.handle({
    kind: 'budget',
    actor: context.budget,
    commandId: `${call}/end`,
    command: billable
      ? { type: 'charge', hold: call, reason: reason === 'interrupted' ? reason : 'failed' }
      : { type: 'release', hold: call, reason },
  });
  await deps.actors.handle({
    kind: 'agent',
    actor: context.agent,
    commandId: `${call}/fail`,
    command: { type: 'failCall', turn: context.turn, call, reason, billable, status, retryAfterMs },
  });
}

/**
 * Holds the worst case of an attempt and returns the id of the call, which is the id of its hold. When the
 * holds of others are in the way it waits for them, within bounds.
 */
export async function hold(
  deps: ReviewDeps,
  context: PaidTurn & { readonly scopes: readonly string[] },
  model: string,
  attemptNumber: number,
  amountMicroUsd: number,
  signal: AbortSignal,
): Promise<string> {
  const base = `${context.turn}/call/${attemptNumber}`;
  for (let tries = 0; ; tries++) {
    const call = tries === 0 ? base : `${base}.${tries}`;
    const { events, repeated } = await deps.actors.handle({
      kind: 'budget',
      actor: context.budget,
      commandId: `${call}/hold`,
      command: {
        type: 'hold',
        hold: call,
        scopes: context.scopes,
        amountMicroUsd,
        expiresInMs: deps.holdMs,
        thread: context.thread,
        agent: context.agent,
        model,
        priceBook: deps.gateway.priceBook.hash,
      },
    });
    const event = events[0]?.event;
    if (event?.type === 'budget.held' && (await isOpen(deps, context.budget, call))) return call;
    // Repeated: an outcome from before a restart, whose hold or refusal is a thing of the past.
    if (event?.type !== 'budget.refused' || repeated) continue;
    const room = event.scopes.map(
      ({ scope, limitMicroUsd, spentMicroUsd, heldMicroUsd }) =>
        `${scope}: ${limitMicroUsd - spentMicroUsd - heldMicroUsd}`,
    );
    const message = `a call of up to ${amountMicroUsd} micro-dollars does not fit (${room.join(', ')})`;
    if (event.refusal === 'neverFits') throw new Refusal('BUDGET_NEVER_FITS', message);
    if (tries >= transientTriesMax) throw new Refusal('BUDGET_TRANSIENT', message);
    await wait(transientDelayMs * 2 ** tries, signal);
  }
}

async function isOpen(deps: ReviewDeps, budget: string, id: string): Promise<boolean> {
  const ledger = await deps.actors.state('budget', budget);
  return ledger?.context.holds[id] !== undefined;
}
