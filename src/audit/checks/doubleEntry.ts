import type { EventOf, Json, StatementRef, TurnKind } from '../../../events/index.ts';
import type { Difference, Findings, Subject } from '../findings.ts';
import { compare, type EventCheck } from './check.ts';
import type { Speech, Stated, Statement, Turn } from './speech.ts';

type Entry = Extract<EventOf<'thread'>, { ref: StatementRef }>;

const statedAs: Readonly<Record<Entry['type'], Stated['type']>> = {
  'thread.finding.entered': 'agent.finding.stated',
  'thread.review.entered': 'agent.review.stated',
  'thread.vote.cast': 'agent.vote.stated',
  'thread.message.posted': 'agent.message.stated',
  'thread.objection.raised': 'agent.objection.stated',
};

export type DoubleEntryInit = {
  readonly speech: Speech;
  readonly findings: Findings;
  /** The registered log of an actor. */
  readonly logOf: (actor: string) => string | null;
};

/**
 * Holds a thread against the logs of its agents, as a bookkeeper holds the two sides of a ledger: nothing
 * is entered that was not said, and nothing that was said in a turn the thread has taken is left out.
 */
export class DoubleEntry {
  readonly #thread: Subject;
  readonly #init: DoubleEntryInit;
  /** Event that took a turn, by turn. */
  readonly #taken = new Map<string, number>();
  /** Event that decided an item, by item. */
  readonly #decided = new Map<string, number>();
  readonly #failed = new Set<string>();
  #over = false;

  constructor(thread: Subject, init: DoubleEntryInit) {
    this.#thread = thread;
    this.#init = init;
  }

  readonly check: EventCheck = ({ seq, recorded: { event } }) => {
    switch (event.type) {
      case 'thread.review.opened':
        return this.#participants(event.participants, seq);
      case 'thread.review.entered':
        return this.#entry(event, seq) ?? this.#take('review', 0, event.agent, seq);
      case 'thread.finding.entered':
      case 'thread.vote.cast':
      case 'thread.message.posted':
      case 'thread.objection.raised':
        return this.#entry(event, seq);
      case 'thread.turn.ended':
        return this.#take(event.turn, event.round, event.agent, seq);
      case 'thread.consensus.reached':
        this.#decided.set(event.proposal, seq);
        return null;
      case 'thread.participant.failed':
        this.#failed.add(event.agent);
        return null;
      case 'thread.escalation.lifted':
        for (const agent of event.agents) this.#failed.delete(agent);
        this.#over = false;
        return null;
      case 'thread.escalated':
      case 'thread.verdict.reached':
      case 'thread.closed':
        this.#over = true;
        return null;
      default:
        return null;
    }
  };

  /** Once the thread is read: what was said and is not in it. */
  conclude(): void {
    const { speech, findings } = this.#init;
    const { log, actor } = this.#thread;
    if (findings.doubtful(log) || findings.diverged(log, 'event')) return;
    for (const turn of speech.turnsFor(actor)) {
      if (findings.doubtful(turn.agent.log)) continue;
      const takenAt = this.#taken.get(turnKey(turn.kind, turn.round, turn.agent.actor));
      if (takenAt === undefined) this.#noteUnentered(turn);
      else this.#leftOut(turn, takenAt);
    }
  }

  #participants(
    participants: readonly { agent: string; log: string }[],
    seq: number,
  ): Difference | null {
    return compare(
      'entry',
      seq,
      'a participant is given a log that is not its own',
      participants.map(({ agent, log }, index) => [
        `participants.${index}.log`,
        this.#init.logOf(agent),
        log,
      ]),
    );
  }

  #entry(event: Entry, seq: number): Difference | null {
    const { agent, ref } = event;
    const { speech, findings, logOf } = this.#init;
    const what = `${event.type} at event ${seq}`;
    if (logOf(agent) !== ref.log) {
      const message = `${what} refers to a log that is not the one of ${agent}`;
      return compare('entry', seq, message, [['ref.log', logOf(agent), ref.log]]);
    }
    const statement = speech.find(ref.log, ref.seq);
    if (statement?.entered) return enteredTwice(statement, seq, what);
    if (statement) statement.entered = { thread: this.#thread.actor, seq };
    if (findings.doubtful(ref.log)) return null;
    if (!statement) {
      const message = `${what}: ${agent} never said that; its own log has no statement at ${ref.seq}`;
      return { check: 'entry', seq, field: 'ref', expected: ref, found: null, message };
    }
    const message = `${what} is not what ${agent} said in event ${ref.seq} of its own log`;
    return compare('entry', seq, message, [
      ['type', statedAs[event.type], statement.event.type],
      ['thread', this.#thread.actor, statement.event.thread],
      ...clearFacts(event, statement.event),
      ['ref.hash', statement.hash, ref.hash],
    ]);
  }

  #take(kind: TurnKind, round: number, agent: string, seq: number): Difference | null {
    const turn = turnKey(kind, round, agent);
    this.#taken.set(turn, seq);
    const { speech, findings } = this.#init;
    const known = speech
      .turnsFor(this.#thread.actor)
      .some((own) => turnKey(own.kind, own.round, own.agent.actor) === turn);
    if (known || findings.doubtful(agent)) return null;
    const message = `event ${seq} takes a turn that ${agent} has not completed`;
    return { check: 'entry', seq, field: 'turn', expected: turn, found: null, message };
  }

  // A vote on an item that was decided meanwhile comes too late and is lawfully left out.
  #leftOut({ agent, statements }: Turn, takenAt: number): void {
    const missing = statements.find(({ entered, event }) => {
      const decidedAt = 'proposal' in event ? this.#decided.get(event.proposal ?? '') : undefined;
      const late = event.type === 'agent.vote.stated' && (decidedAt ?? Infinity) < takenAt;
      return !entered && !late;
    });
    if (!missing) return;
    this.#init.findings.add(agent, {
      check: 'entry',
      seq: missing.seq,
      field: 'entered',
      expected: this.#thread.actor,
      found: null,
      message:
        `${agent.actor} said ${missing.event.type} in event ${missing.seq}; the thread took its turn ` +
        `in event ${takenAt} and left that out`,
    });
  }

  // The process may have died in between, or the thread have gone on without the agent.
  #noteUnentered({ agent, kind, round, statements }: Turn): void {
    const [first] = statements;
    if (!first) return;
    const awaited = !this.#over && !this.#failed.has(agent.actor);
    this.#init.findings.note(agent, {
      kind: awaited ? 'pending' : 'unheard',
      seq: first.seq,
      message:
        `${statements.length} statements of ${kind} round ${round} are not in ${this.#thread.actor}` +
        (awaited ? ' yet' : ', which had gone on without them'),
    });
  }
}

function turnKey(turn: TurnKind, round: number, agent: string): string {
  return `${turn}/${turn === 'review' ? 0 : round}/${agent}`;
}

function enteredTwice({ entered }: Statement, seq: number, what: string): Difference {
  return {
    check: 'entry',
    seq,
    field: 'ref',
    expected: 'a statement that is entered once',
    found: entered,
    message: `${what} enters again what event ${entered?.seq} of ${entered?.thread} has entered`,
  };
}

/** Everything that the entry says in clear beside who said it and where. */
function clearFacts(entry: Entry, stated: Stated): [field: string, expected: Json, found: Json][] {
  const said: Readonly<Record<string, Json>> = stated;
  return Object.entries(entry)
    .filter(([field]) => field !== 'type' && field !== 'agent' && field !== 'ref')
    .map(([field, found]) => [field, said[field] ?? null, found]);
}
