import { budgetAddress, parseAddress, type BzzzEvent } from '../../../events/index.ts';
import type { Evidence } from '../evidence.ts';
import { readableEvents, type Survey } from '../survey.ts';

/** What it takes to judge a thread. */
export type Scope = {
  /** Keys of logs. */
  readonly logs: ReadonlySet<string>;
  /** Whose keys open its texts. */
  readonly subjects: ReadonlySet<string>;
};

/**
 * The logs that a thread can be judged by: its own and those it was forked from, its participants and
 * whoever else had money held for it, the ledger of its project, the node's own log, and the log of texts.
 * Null when no such thread is registered. Read from the events, so that exporter and auditor agree.
 */
export async function scopeOf(
  evidence: Evidence,
  survey: Survey,
  thread: string,
): Promise<Scope | null> {
  const logOf = new Map<string, string>();
  for (const { actor, log } of survey.registered) if (!logOf.has(actor)) logOf.set(actor, log);
  if (!logOf.has(thread)) return null;
  const threads = new Set([thread]);
  const actors = new Set<string>();
  const subjects = new Set<string>();
  // Grows while it is walked: a thread may begin with the history of another one.
  for (const address of threads) {
    subjects.add(address).add(address);
    actors.add(address).add(ledgerOf(address));
    for await (const event of eventsOf(evidence, logOf.get(address))) {
      if ('agent' in event) actors.add(event.agent);
      if (event.type === 'thread.review.opened') {
        for (const { agent } of event.participants) actors.add(agent);
      }
      if (event.type === 'thread.forked') {
        threads.add(event.origin.thread);
        subjects.add(event.subject);
      }
    }
    for await (const event of eventsOf(evidence, logOf.get(ledgerOf(address)))) {
      if (event.type === 'budget.held' && event.thread === address) actors.add(event.agent);
    }
  }
  const logs = [...actors].flatMap((actor) => logOf.get(actor) ?? []);
  const own = [evidence.node.log, survey.blobs].flatMap((log) => log ?? []);
  return { logs: new Set([...own, ...logs]), subjects };
}

async function* eventsOf({ stored }: Evidence, key: string | undefined): AsyncGenerator<BzzzEvent> {
  const log = stored.find((found) => 'key' in found && found.key === key);
  if (!log || !('key' in log)) return;
  for await (const { recorded } of readableEvents(log)) yield recorded.event;
}

function ledgerOf(thread: string): string {
  try {
    return budgetAddress(parseAddress(thread).project);
  } catch {
    return '';
  }
}
