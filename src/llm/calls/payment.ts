import { Refusal, Unavailable, type EventOf, type ScopeState } from '../../../events/index.ts';
import type { ModelAnswer, Outcome, PaidTurn, Quote } from '../../ports.ts';
import { turnOf, type CallDeps } from './deps.ts';
import type { Want } from './room.ts';

/** What a call is held for. */
export type Bill = Want & {
  readonly turn: PaidTurn;
  readonly model: string;
  readonly quote: Quote;
};

/**
 * Holds the worst case of an attempt and returns the id of the call, which is the id of its hold; null when
 * the holds of others are in the way. Throws Refusal BUDGET_NEVER_FITS.
 */
export async function tryHold(
  deps: CallDeps,
  billNow: () => Bill,
  attempt: number,
): Promise<string | null> {
  const { turn } = billNow();
  const base = `${turn.turn}/call/${attempt}`;
  for (let tries = 0; ; tries++) {
    const call = tries === 0 ? base : `${base}.${tries}`;
    const { events, repeated } = await hold(deps, billNow(), call, billNow);
    // An outcome from before: its hold or refusal is a thing of the past.
    if (repeated) continue;
    const refused = events.map(({ event }) => event).find(isRefusal);
    if (!refused) return call;
    if (refused.refusal === 'transient') return null;
    throw new Refusal('BUDGET_NEVER_FITS', doesNotFit(refused), {
      data: { scopes: refused.scopes },
    });
  }
}

async function hold(
  deps: CallDeps,
  bill: Bill,
  call: string,
  billNow: () => Bill,
): Promise<Outcome<'budget'>> {
  const { turn, scopes, model, quote } = bill;
  try {
    return await deps.actors.handle({
      kind: 'budget',
      actor: turn.budget,
      commandId: `${call}/hold`,
      command: {
        type: 'hold',
        hold: call,
        scopes,
        expiresInMs: deps.holdMs,
        thread: turn.thread,
        agent: turn.agent,
        model,
        priceBook: quote.priceBook,
        price: quote.price,
        terms: quote.terms,
      },
    });
  } catch (error) {
    const isLate = error instanceof Unavailable && error.code === 'CLOCK_BACKWARDS';
    const now = billNow();
    // Another call was faster across midnight, and the clock is right.
    if (isLate && now.scopes.join() !== scopes.join()) return hold(deps, now, call, billNow);
    throw error;
  }
}

type Refused = Extract<EventOf<'budget'>, { type: 'budget.refused' }>;

function isRefusal(event: EventOf<'budget'>): event is Refused {
  return event.type === 'budget.refused';
}

function doesNotFit({ amountMicroUsd, scopes }: Refused): string {
  const left = scopes.map((scope) => `${scope.scope}: ${roomIn(scope)}`);
  return `a call of up to ${amountMicroUsd} micro-dollars does not fit (left: ${left.join(', ')})`;
}

function roomIn({ limitMicroUsd, spentMicroUsd, heldMicroUsd }: ScopeState): number {
  return limitMicroUsd - spentMicroUsd - heldMicroUsd;
}

async function isOpen(deps: CallDeps, budget: string, id: string): Promise<boolean> {
  const ledger = await deps.actors.state('budget', budget);
  return ledger?.context.holds[id] !== undefined;
}

/** Settles a hold by what the provider reported, or in full without that. */
export async function settle(
  deps: CallDeps,
  turn: PaidTurn,
  call: string,
  { usage, serviceTier }: Pick<ModelAnswer, 'usage' | 'serviceTier'>,
): Promise<void> {
  // A hold that expired meanwhile was charged in full; there is nothing left to settle.
  if (!(await isOpen(deps, turn.budget, call))) return;
  try {
    await deps.actors.handle({
      kind: 'budget',
      actor: turn.budget,
      commandId: `${call}/settle`,
      command: { type: 'settle', hold: call, usage, serviceTier },
    });
  } catch (error) {
    // Expired between our look and our word.
    if (!(error instanceof Refusal && error.code === 'NOT_FOUND')) throw error;
  }
}

/** The record of an answer. */
export async function completedCall({ actors }: CallDeps, { agent }: PaidTurn, call: string) {
  const outcome = await actors.outcome('agent', agent, `${call}/complete`);
  const event = outcome?.events[0]?.event;
  if (event?.type !== 'agent.call.completed') throw new TypeError(`${call} was not answered`);
  return event;
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
  deps: CallDeps,
  turn: PaidTurn,
  call: string,
  end: CallEnd,
): Promise<void> {
  const { reason, billable, status = null, retryAfterMs = null } = end;
  await deps.actors.handle({
    kind: 'budget',
    actor: turn.budget,
    commandId: `${call}/end`,
    command: billable
      ? { type: 'charge', hold: call, reason: chargeReason(reason) }
      : { type: 'release', hold: call, reason },
  });
  await deps.actors.handle({
    kind: 'agent',
    actor: turn.agent,
    commandId: `${call}/fail`,
    command: { type: 'failCall', turn: turn.turn, call, reason, billable, status, retryAfterMs },
  });
}

function chargeReason(reason: string): 'interrupted' | 'aborted' | 'failed' {
  return reason === 'interrupted' || reason === 'aborted' ? reason : 'failed';
}

/**
 * Leaves nothing of a turn unpaid, or held, that an earlier process has begun: a recorded answer is settled;
 * a call in flight when the process died is charged its hold, for nobody knows what it cost; money held for a
 * call that was never made is released, for what is asked next may be another call.
 */
export async function clearUp(deps: CallDeps, turn: PaidTurn): Promise<void> {
  const { answered, open } = await turnOf(deps, turn);
  if (answered) await settle(deps, turn, answered, await completedCall(deps, turn, answered));
  if (open) await endCall(deps, turn, open, { reason: 'interrupted', billable: true });
  const ledger = await deps.actors.state('budget', turn.budget);
  for (const call of Object.keys(ledger?.context.holds ?? {})) {
    if (call.startsWith(`${turn.turn}/call/`)) await release(deps, turn, call, 'superseded');
  }
}

/** Frees the money of a call that was not made. */
export async function release(
  deps: CallDeps,
  turn: PaidTurn,
  call: string,
  reason: string,
): Promise<void> {
  await deps.actors.handle({
    kind: 'budget',
    actor: turn.budget,
    commandId: `${call}/end`,
    command: { type: 'release', hold: call, reason },
  });
}
