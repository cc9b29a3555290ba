import {
  parseAddress,
  type BzzzEvent,
  type EventOf,
  type Json,
  type Participant,
  type StatementRef,
  type TurnKind,
} from '../../../events/index.ts';
import type { Difference, Findings, Subject } from '../findings.ts';
import { changed, type Reread } from '../reread.ts';
import { compare, type EventCheck, type OpenDifference } from './check.ts';
import type { Speech, Turn } from './speech.ts';
import { saying, type Stated, type Statement } from './statements.ts';

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
  readonly reread: Reread;
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
  /** Event with which an agent dropped out, by agent. */
  readonly #failed = new Map<string, number>();
  /** Place of the latest statement of each agent that was entered. */
  readonly #latest = new Map<string, number>();
  /** Where the thread goes its own way: what comes before is entered in the one that it was forked from. */
  #ownFrom = 0;
  #over = false;

  constructor(thread: Subject, init: DoubleEntryInit) {
    this.#thread = thread;
    this.#init = init;
  }

  readonly check: EventCheck = ({ seq, recorded: { event } }) => {
    switch (event.type) {
      case 'thread.forked':
        this.#ownFrom = event.origin.length;
        return null;
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
        this.#failed.set(event.agent, seq);
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

  // Votes may weigh, or veto, by role.
  #participants(participants: readonly Participant[], seq: number): Difference | null {
    return compare(
      'entry',
      seq,
      'a participant is given a log, or a role, that is not its own',
      participants.flatMap(({ agent, role, log }, index) => [
        [`participants.${index}.log`, this.#init.logOf(agent), log] as const,
        [`participants.${index}.role`, roleOf(agent), role] as const,
      ]),
    );
  }

  #entry(event: Entry, seq: number): Difference | OpenDifference | null {
    const { agent, ref } = event;
    const { speech, findings, logOf } = this.#init;
    const what = `${event.type} at event ${seq}`;
    if (logOf(agent) !== ref.log) {
      const message = `${what} refers to a log that is not the one of ${agent}`;
      return compare('entry', seq, message, [['ref.log', logOf(agent), ref.log]]);
    }
    const statement = speech.find(ref.log, ref.seq);
    const isOwn = seq >= this.#ownFrom;
    if (isOwn && statement?.entered) return enteredTwice(statement.entered, seq, what);
    const before = this.#latest.get(agent) ?? -1;
    this.#latest.set(agent, Math.max(before, ref.seq));
    if (isOwn) statement?.enter(this.#thread.actor, seq);
    if (findings.doubtful(ref.log)) return null;
    if (!statement) {
      const message = `${what}: ${agent} never said that; its own log has no statement at ${ref.seq}`;
      return { check: 'entry', seq, field: 'ref', expected: ref, found: null, message };
    }
    const isSame =
      statement.type === statedAs[event.type] &&
      (!isOwn || statement.thread === this.#thread.actor) &&
      statement.says(saying(event, ref.hash)) &&
      ref.seq > before;
    return isSame ? null : () => this.#contradiction(event, { seq, isOwn, before });
  }

  /** What an entry and the statement it refers to do not have in common. */
  async #contradiction(
    event: Entry,
    { seq, isOwn, before }: { seq: number; isOwn: boolean; before: number },
  ): Promise<Difference> {
    const { agent, ref } = event;
    const { recorded, hash } = await this.#init.reread(ref.log, ref.seq);
    const said = recorded.event;
    if (!isStated(said)) throw changed(ref.log, ref.seq);
    const message = `${event.type} at event ${seq} is not what ${agent} said in event ${ref.seq} of its own log`;
    const difference = compare('entry', seq, message, [
      ['type', statedAs[event.type], said.type],
      ['thread', isOwn ? this.#thread.actor : said.thread, said.thread],
      ...clearFacts(event, said),
      ['ref.hash', hash, ref.hash],
      // What was said first is entered first.
      ['ref.seq', Math.max(ref.seq, before + 1), ref.seq],
    ]);
    if (!difference) throw changed(ref.log, ref.seq);
    return difference;
  }

  #take(kind: TurnKind, round: number, agent: string, seq: number): Difference | null {
    if (seq < this.#ownFrom) return null;
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
  #leftOut(turn: Turn, takenAt: number): void {
    const missing = [...turn.statements()].find(({ entered, type, proposal }) => {
      const decidedAt = this.#decided.get(proposal) ?? Infinity;
      return !entered && !(type === 'agent.vote.stated' && decidedAt < takenAt);
    });
    if (!missing) return;
    const { agent } = turn;
    this.#init.findings.add(agent, {
      check: 'entry',
      seq: missing.seq,
      field: 'entered',
      expected: this.#thread.actor,
      found: null,
      message:
        `${agent.actor} said ${missing.type} in event ${missing.seq}; the thread took its turn ` +
        `in event ${takenAt} and left that out`,
    });
  }

  // The process may have died in between, or the thread have gone on without the agent.
  #noteUnentered(turn: Turn): void {
    const { agent, seq, kind, round } = turn;
    const statements = [...turn.statements()];
    const [first] = statements;
    const failedAt = this.#failed.get(agent.actor);
    if (failedAt !== undefined) {
      this.#init.findings.add(this.#thread, {
        check: 'entry',
        seq: failedAt,
        field: 'agent',
        expected: `${kind} ${round}`,
        found: null,
        message: `event ${failedAt} says that ${agent.actor} dropped out, which has completed the turn that it began in event ${seq} of its own log`,
      });
      return;
    }
    if (!first) return;
    const awaited = !this.#over;
    this.#init.findings.note(agent, {
      kind: awaited ? 'pending' : 'unheard',
      seq: first.seq,
      message:
        `${statements.length} statements of ${kind} round ${round} are not in ${this.#thread.actor}` +
        (awaited ? ' yet' : ', which had gone on without them'),
    });
  }
}

function isStated(event: BzzzEvent): event is Stated {
  return Object.values(statedAs).some((type) => type === event.type);
}

function roleOf(agent: string): string | null {
  try {
    return parseAddress(agent).role;
  } catch {
    return null;
  }
}

function turnKey(turn: TurnKind, round: number, agent: string): string {
  return `${turn}/${turn === 'review' ? 0 : round}/${agent}`;
}

function enteredTwice(
  entered: NonNullable<Statement['entered']>,
  seq: number,
  what: string,
): Difference {
  return {
    check: 'entry',
    seq,
    field: 'ref',
    expected: 'a statement that is entered once',
    found: entered,
    message: `${what} enters again what event ${entered.seq} of ${entered.thread} has entered`,
  };
}

/** Everything that the entry says in clear beside who said it and where. */
function clearFacts(entry: Entry, stated: Stated): [field: string, expected: Json, found: Json][] {
  const said: Readonly<Record<string, Json>> = stated;
  return Object.entries(entry)
    .filter(([field]) => field !== 'type' && field !== 'agent' && field !== 'ref')
    .map(([field, found]) => [field, said[field] ?? null, found]);
}
