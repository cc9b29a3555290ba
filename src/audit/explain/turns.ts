import { budgetAddress } from '../../../events/index.ts';
import type { EvidenceArchive } from './archive.ts';
import type { Item, Turn } from './explanation.ts';
import { isOf, type Entry, type Told } from './tale.ts';

type Call = Turn['calls'][number];
type Cost = NonNullable<Call['cost']>;
type End = Told<'budget.settled'> | Told<'budget.released'> | Told<'budget.hold.charged'>;

/** The turns in which votes, objections and findings were stated, each with its model calls and their cost. */
export async function turnsOf(
  archive: EvidenceArchive,
  items: readonly Item[],
  project: string,
): Promise<Turn[]> {
  const said = items.flatMap(({ votes, objections, sources }) => [
    ...votes,
    ...objections,
    ...sources,
  ]);
  const wanted = new Map<string, Set<string>>();
  for (const { agent, statement } of said) {
    if (statement.turn === null) continue;
    wanted.set(agent, (wanted.get(agent) ?? new Set()).add(statement.turn));
  }
  const turns: Turn[] = [];
  for (const [agent, ids] of wanted) turns.push(...(await turnsOfAgent(archive, agent, ids)));
  const costs = await costsOf(archive, budgetAddress(project), turns);
  return turns
    .map((turn) => ({
      ...turn,
      calls: turn.calls.map((call) => ({ ...call, cost: costs.get(call.hold) ?? null })),
    }))
    .toSorted((a, b) => (a.at < b.at ? -1 : 1));
}

async function turnsOfAgent(
  archive: EvidenceArchive,
  agent: string,
  ids: ReadonlySet<string>,
): Promise<Turn[]> {
  const events: Entry[] = [];
  for await (const entry of archive.events(agent)) {
    if ('turn' in entry.event && ids.has(entry.event.turn)) events.push(entry);
  }
  const key = archive.keyOf(agent);
  const last = events.at(-1);
  if (key && last) archive.rely(key, last.seq);
  return events.filter(isOf('agent.turn.started')).map(({ event: { turn, kind, round }, at }) => {
    const own = events.filter(({ event }) => 'turn' in event && event.turn === turn);
    const calls = own.filter(isOf('agent.call.started')).map((started) => callOf(started, own));
    return { turn, agent, kind, round, at, calls };
  });
}

function callOf(started: Told<'agent.call.started'>, events: readonly Entry[]): Call {
  const { call, attempt, provider, model, choice, requestHash, request, hold } = started.event;
  const completed = events
    .filter(isOf('agent.call.completed'))
    .find(({ event }) => event.call === call)?.event;
  const failed = events
    .filter(isOf('agent.call.failed'))
    .find(({ event }) => event.call === call)?.event;
  const rejected = events
    .filter(isOf('agent.answer.rejected'))
    .find(({ event }) => event.call === call)?.event;
  return {
    call,
    attempt,
    provider,
    model,
    choice,
    requestHash,
    request,
    hold,
    at: started.at,
    answeredBy: completed?.model ?? null,
    outcome: completed ? 'completed' : failed ? 'failed' : 'open',
    reason: completed?.finishReason ?? failed?.reason ?? null,
    rejected: rejected?.reason ?? null,
    latencyMs: completed?.latencyMs ?? null,
    usage: completed?.usage ?? null,
    serviceTier: completed?.serviceTier ?? null,
    answer: completed?.answer ?? null,
    cost: null,
  };
}

/** What the ledger says of the calls, by hold. */
async function costsOf(
  archive: EvidenceArchive,
  ledger: string,
  turns: readonly Turn[],
): Promise<Map<string, Cost>> {
  const ids = new Set(turns.flatMap(({ calls }) => calls.map(({ hold }) => hold)));
  const holds = new Map<string, Told<'budget.held'>>();
  const ends = new Map<string, End>();
  for await (const entry of archive.events(ledger)) {
    if (!('hold' in entry.event) || !ids.has(entry.event.hold)) continue;
    if (isOf('budget.held')(entry)) holds.set(entry.event.hold, entry);
    else if (isEnd(entry)) ends.set(entry.event.hold, entry);
  }
  const key = archive.keyOf(ledger);
  for (const { seq } of [...holds.values(), ...ends.values()]) if (key) archive.rely(key, seq);
  return new Map(
    [...holds].map(([hold, held]) => [hold, costOf(ledger, held, ends.get(hold) ?? null)]),
  );
}

function isEnd(entry: Entry): entry is End {
  return (
    isOf('budget.settled')(entry) ||
    isOf('budget.released')(entry) ||
    isOf('budget.hold.charged')(entry)
  );
}

const ways = {
  'budget.settled': 'settled',
  'budget.released': 'released',
  'budget.hold.charged': 'charged',
} as const;

function costOf(ledger: string, held: Told<'budget.held'>, end: End | null): Cost {
  const { hold, amountMicroUsd: heldMicroUsd, priceBook } = held.event;
  const chargedMicroUsd = end && 'amountMicroUsd' in end.event ? end.event.amountMicroUsd : 0;
  return {
    ledger,
    hold,
    heldMicroUsd,
    chargedMicroUsd,
    priceBook,
    end: end ? ways[end.event.type] : 'open',
    seq: end?.seq ?? null,
    at: end?.at ?? null,
  };
}
