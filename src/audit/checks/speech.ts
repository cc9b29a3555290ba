import { sha256Hex, type TurnKind } from '../../../events/index.ts';
import type { Subject } from '../findings.ts';
import { FingerprintMap } from '../fingerprints.ts';
import { Names } from '../names.ts';
import type { EventCheck } from './check.ts';
import { Statements, type Statement } from './statements.ts';

/** A turn of an agent: what it was asked, what it said, and how it ended. */
export class Turn {
  readonly agent: Subject;
  /** Event with which it began. */
  readonly seq: number;
  readonly thread: string;
  readonly kind: TurnKind;
  readonly round: number;
  end: 'open' | 'completed' | 'failed' = 'open';
  /** Why it failed. */
  reason: string | null = null;
  readonly #statements: Statements;
  #first = -1;
  #last = -1;

  constructor(
    agent: Subject,
    asked: Readonly<Pick<Turn, 'seq' | 'thread' | 'kind' | 'round'>>,
    statements: Statements,
  ) {
    this.agent = agent;
    this.seq = asked.seq;
    this.thread = asked.thread;
    this.kind = asked.kind;
    this.round = asked.round;
    this.#statements = statements;
  }

  /** Adds a statement by its row. */
  say(row: number): void {
    if (this.#first < 0) this.#first = row;
    else this.#statements.link(this.#last, row);
    this.#last = row;
  }

  *statements(): Generator<Statement> {
    for (let row = this.#first; row >= 0; row = this.#statements.after(row)) {
      yield this.#statements.at(row);
    }
  }
}

/** A note of an agent on how a thread ended. */
export type Noted = { readonly agent: Subject; readonly seq: number };

/** What the agents of a store have said, by their own logs. */
export class Speech {
  readonly #names = new Names();
  readonly #statements = new Map<string, Statements>();
  readonly #turns = new Map<string, Turn[]>();
  readonly #noted = new Map<string, Noted>();

  /** Takes the events of an agent. */
  listener(agent: Subject): EventCheck {
    const statements = new Statements(this.#names);
    const turns: Turn[] = [];
    /** Place of a turn among those of the agent. */
    const places = new FingerprintMap();
    const find = (turn: string): Turn | undefined => turns[places.get(turn) ?? -1];
    this.#statements.set(agent.log, statements);
    return ({ seq, recorded: { event }, block }) => {
      switch (event.type) {
        case 'agent.turn.started': {
          if (event.kind === 'summarise') return null;
          const thread = this.#nameOf(event.thread);
          const turn = new Turn(agent, { ...event, thread, seq }, statements);
          places.set(event.turn, turns.push(turn) - 1);
          const known = this.#turns.get(thread);
          if (known) known.push(turn);
          else this.#turns.set(thread, [turn]);
          return null;
        }
        case 'agent.finding.stated':
        case 'agent.review.stated':
        case 'agent.vote.stated':
        case 'agent.message.stated':
        case 'agent.objection.stated': {
          const row = statements.add(event, { seq, hash: sha256Hex(block) });
          find(event.turn)?.say(row);
          return null;
        }
        case 'agent.turn.completed': {
          const turn = find(event.turn);
          if (turn) turn.end = 'completed';
          return null;
        }
        case 'agent.turn.failed': {
          const turn = find(event.turn);
          if (turn) Object.assign(turn, { end: 'failed', reason: event.reason });
          return null;
        }
        case 'agent.memory.noted': {
          const thread = this.#nameOf(event.thread);
          if (!this.#noted.has(thread)) this.#noted.set(thread, { agent, seq });
          return null;
        }
        default:
          return null;
      }
    };
  }

  find(log: string, seq: number): Statement | null {
    return this.#statements.get(log)?.find(seq) ?? null;
  }

  /** Turns that agents have completed for a thread, by agent in the order of their logs. */
  turnsFor(thread: string): readonly Turn[] {
    return this.begunFor(thread).filter(({ end }) => end === 'completed');
  }

  /** All turns that agents have begun for a thread. */
  begunFor(thread: string): readonly Turn[] {
    return this.#turns.get(thread) ?? [];
  }

  /** The first note of an agent on how a thread ended. */
  notedOf(thread: string): Noted | null {
    return this.#noted.get(thread) ?? null;
  }

  get threads(): Iterable<string> {
    return this.#turns.keys();
  }

  /** The same text once for all events: each one that is read brings a copy of its own. */
  #nameOf(thread: string): string {
    return this.#names.nameOf(this.#names.numberOf(thread));
  }
}
