import { isDeepStrictEqual } from 'node:util';
import type { Recorded } from '../../events/index.ts';
import { progressOf } from '../../src/cli/review/progress.ts';
import type { ReviewReport } from '../../src/review/index.ts';
import { allOf, eventsOf, since, type Chronicle } from './chronicle.ts';
import { costOf, usageOf, type Call } from './witness.ts';

/** A promise that was broken. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

function require(holds: boolean, promise: string, facts: unknown = {}): asserts holds {
  if (!holds) throw new Broken(`${promise}: ${JSON.stringify(facts)}`);
}

/** Nothing that was ever read from a log is changed or missing later. */
export function checkGrown(before: Chronicle, after: Chronicle): void {
  for (const annals of before.values()) {
    const { actor, log, events } = annals;
    const now = after.get(actor);
    require(now?.log === log, 'a log is lost or was made anew', { actor });
    require(now.events.length >= events.length, 'a log got shorter', { actor });
    const same = events.every((recorded, seq) => isDeepStrictEqual(recorded, now.events[seq]));
    require(same, 'a recorded event was changed', { actor });
    const sameRoot = now.rootAt(events.length) === annals.rootAt(events.length);
    require(sameRoot, 'a log has another root than it had', { actor });
  }
}

/** What a process had said is in the logs, however it died. */
export function checkHeard(before: Chronicle, after: Chronicle, lines: readonly string[]): void {
  const recorded = tally(since(after, before).flatMap((event) => progressOf(event) ?? []));
  for (const [line, count] of tally(lines)) {
    const found = recorded.get(line) ?? 0;
    require(found >= count, 'an acknowledged event is lost', { line, count, found });
  }
}

/** Every call that ever arrived at the model is recorded. */
export function checkRecorded(chronicle: Chronicle, calls: readonly Call[]): void {
  const started = tally(
    eventsOf(allOf(chronicle), 'agent.call.started').map(({ requestHash }) => requestHash),
  );
  for (const [requestHash, count] of tally(calls.map((call) => call.requestHash))) {
    const found = started.get(requestHash) ?? 0;
    require(found >= count, 'a call was made that is not recorded', { requestHash, count, found });
  }
}

/** A call whose answer was recorded before the process started is not made again by it. */
export function checkNotRepeated(before: Chronicle, calls: readonly Call[]): void {
  const answered = new Set(answeredRequests(allOf(before)));
  for (const { requestHash } of calls) {
    require(!answered.has(requestHash), 'a recorded call was made again', { requestHash });
  }
}

function answeredRequests(recorded: readonly Recorded[]): string[] {
  const started = new Map(
    eventsOf(recorded, 'agent.call.started').map((call) => [call.call, call]),
  );
  return eventsOf(recorded, 'agent.call.completed').map(({ call }) => {
    const request = started.get(call)?.requestHash;
    require(request !== undefined, 'a call was answered that was not begun', { call });
    return request;
  });
}

/** Calls that are begun and have no outcome: those in flight when the process died. */
export function inFlight(chronicle: Chronicle): string[] {
  const all = allOf(chronicle);
  const ended = new Set(
    [...eventsOf(all, 'agent.call.completed'), ...eventsOf(all, 'agent.call.failed')].map(
      ({ call }) => call,
    ),
  );
  return eventsOf(all, 'agent.call.started').flatMap(({ call }) => (ended.has(call) ? [] : call));
}

/** Once all reviews have ended: nothing was done twice, nothing is left open, and the money is exact. */
export function checkWhole(chronicle: Chronicle, cutOff: ReadonlySet<string>): void {
  checkCommands(chronicle);
  checkStatements(allOf(chronicle));
  checkMoney(allOf(chronicle), cutOff);
}

// The events of a command lie together: a command that was handled twice has a second place.
function checkCommands(chronicle: Chronicle): void {
  for (const { actor, events } of chronicle.values()) {
    const seen = new Set<string>();
    for (const [seq, { meta }] of events.entries()) {
      if (meta.command === events[seq - 1]?.meta.command) continue;
      require(!seen.has(meta.command), 'a command was handled twice', meta);
      seen.add(meta.command);
    }
    const ids = new Set(events.map(({ meta }) => meta.id));
    require(ids.size === events.length, 'two events have one id', { actor });
  }
}

function checkStatements(recorded: readonly Recorded[]): void {
  const once = (what: string, keys: readonly string[]): void => {
    for (const [key, count] of tally(keys)) require(count === 1, `${what} twice`, { key });
  };
  once(
    'a finding was stated',
    eventsOf(recorded, 'agent.finding.stated').map(({ turn, index }) => `${turn} ${index}`),
  );
  once(
    'a review was stated',
    eventsOf(recorded, 'agent.review.stated').map(({ turn }) => turn),
  );
  once(
    'a vote was stated',
    eventsOf(recorded, 'agent.vote.stated').map(({ turn, proposal }) => `${turn} ${proposal}`),
  );
  once(
    'a vote was cast',
    eventsOf(recorded, 'thread.vote.cast').map(
      ({ meta, agent, round, proposal }) => `${meta.actor} ${agent} ${round} ${proposal}`,
    ),
  );
  once(
    'a review was entered',
    eventsOf(recorded, 'thread.review.entered').map(({ meta, agent }) => `${meta.actor} ${agent}`),
  );
  once(
    'a verdict was reached',
    eventsOf(recorded, 'thread.verdict.reached').map(({ meta }) => meta.actor),
  );
  once('a request was answered', answeredRequests(recorded));
  const turns = eventsOf(recorded, 'agent.turn.started').map(({ turn }) => turn);
  once('a turn was started', turns);
  const ended = [
    ...eventsOf(recorded, 'agent.turn.completed'),
    ...eventsOf(recorded, 'agent.turn.failed'),
  ].map(({ turn }) => turn);
  once('a turn was ended', ended);
  const left = turns.filter((turn) => !ended.includes(turn));
  require(left.length === 0, 'a turn was left open', { left });
}

function checkMoney(recorded: readonly Recorded[], cutOff: ReadonlySet<string>): void {
  const settled = eventsOf(recorded, 'budget.settled');
  const charged = eventsOf(recorded, 'budget.hold.charged');
  const released = eventsOf(recorded, 'budget.released');
  const outcomes = tally([...settled, ...charged, ...released].map(({ hold }) => hold));
  const started = new Map(
    eventsOf(recorded, 'agent.call.started').map((call) => [call.call, call]),
  );
  const completed = new Set(eventsOf(recorded, 'agent.call.completed').map(({ call }) => call));
  for (const { hold, amountMicroUsd } of eventsOf(recorded, 'budget.held')) {
    require(outcomes.get(hold) === 1, 'a hold has no outcome, or two', { hold });
    const charge = charged.find((event) => event.hold === hold);
    const whole = !charge || charge.amountMicroUsd === amountMicroUsd;
    require(whole, 'a charge is not its hold', { hold, charge });
    const owed = !cutOff.has(hold) || charge?.reason === 'interrupted';
    require(owed, 'a call cut off was not charged its hold', { hold });
    const call = started.get(hold);
    if (!call || !completed.has(hold)) continue;
    const settlement = settled.find((event) => event.hold === hold);
    const cost = costOf(call.model, call.requestHash);
    const exact =
      settlement?.amountMicroUsd === cost &&
      isDeepStrictEqual(settlement.usage, usageOf(call.requestHash));
    require(exact, 'a call was not settled to what it used', { hold, settlement, cost });
  }
}

/** What a task has cost by the outcomes of its holds, in micro-dollars. */
export function spentOn(chronicle: Chronicle, task: string): number {
  const all = allOf(chronicle);
  const own = new Set(
    eventsOf(all, 'budget.held').flatMap(({ hold, scopes }) =>
      scopes.includes(`task:${task}`) ? hold : [],
    ),
  );
  return [...eventsOf(all, 'budget.settled'), ...eventsOf(all, 'budget.hold.charged')].reduce(
    (sum, { hold, amountMicroUsd }) => sum + (own.has(hold) ? amountMicroUsd : 0),
    0,
  );
}

/** What a review came to, without what differs from run to run: times, addresses, who spoke first. */
function essenceOf({ outcome, decision, escalation, proposals, participants }: ReviewReport) {
  return {
    outcome,
    verdict: decision && { verdict: decision.verdict, blocking: decision.blocking },
    escalation: escalation && { reason: escalation.reason, proposals: escalation.proposals },
    proposals: proposals.map(({ id, place, kind, severity, outcome: decided, foundBy }) => {
      return { id, place, kind, severity, decided, foundBy: foundBy.toSorted() };
    }),
    participants: participants.map(({ name, status }) => `${name} ${status}`).toSorted(),
  };
}

/** The same review that nobody disturbed comes to the same. */
export function checkSame(undisturbed: ReviewReport | undefined, report: ReviewReport): void {
  const expected = undisturbed && essenceOf(undisturbed);
  const found = essenceOf(report);
  require(isDeepStrictEqual(expected, found), 'it ended otherwise', { expected, found });
}

function tally(things: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const thing of things) counts.set(thing, (counts.get(thing) ?? 0) + 1);
  return counts;
}
