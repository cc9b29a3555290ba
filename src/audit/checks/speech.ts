import { sha256Hex, type EventOf, type TurnKind } from '../../../events/index.ts';
import type { Subject } from '../findings.ts';
import type { EventCheck } from './check.ts';

/** What is entered in threads; a summary serves the prompts of others and is not. */
export type Stated = Exclude<
  Extract<EventOf<'agent'>, { type: `agent.${string}.stated` }>,
  { type: 'agent.summary.stated' }
>;

/** What an agent said, where, and the hash of that block. */
export type Statement = {
  readonly seq: number;
  readonly hash: string;
  readonly event: Stated;
  /** Event of a thread in which it was entered. */
  entered: { readonly thread: string; readonly seq: number } | null;
};

/** A turn of an agent: what it was asked, and what it said. */
export type Turn = {
  readonly agent: Subject;
  readonly thread: string;
  readonly kind: TurnKind;
  readonly round: number;
  readonly statements: Statement[];
  completed: boolean;
};

/** What the agents of a store have said, by their own logs. */
export class Speech {
  readonly #statements = new Map<string, Map<number, Statement>>();
  readonly #turns = new Map<string, Turn[]>();

  /** Takes the events of an agent. */
  listener(agent: Subject): EventCheck {
    const statements = new Map<number, Statement>();
    const open = new Map<string, Turn>();
    this.#statements.set(agent.log, statements);
    return ({ seq, recorded: { event }, block }) => {
      switch (event.type) {
        case 'agent.turn.started': {
          const { turn: id, thread, kind, round } = event;
          if (kind === 'summarise') return null;
          const turn = { agent, thread, kind, round, statements: [], completed: false };
          open.set(id, turn);
          const turns = this.#turns.get(thread) ?? [];
          turns.push(turn);
          this.#turns.set(thread, turns);
          return null;
        }
        case 'agent.finding.stated':
        case 'agent.review.stated':
        case 'agent.vote.stated':
        case 'agent.message.stated':
        case 'agent.objection.stated': {
          const statement = { seq, hash: sha256Hex(block), event, entered: null };
          statements.set(seq, statement);
          open.get(event.turn)?.statements.push(statement);
          return null;
        }
        case 'agent.turn.completed': {
          const turn = open.get(event.turn);
          if (turn) turn.completed = true;
          return null;
        }
        default:
          return null;
      }
    };
  }

  find(log: string, seq: number): Statement | undefined {
    return this.#statements.get(log)?.get(seq);
  }

  /** Turns that agents have completed for a thread, by agent in the order of their logs. */
  turnsFor(thread: string): readonly Turn[] {
    return (this.#turns.get(thread) ?? []).filter(({ completed }) => completed);
  }

  get threads(): Iterable<string> {
    return this.#turns.keys();
  }
}
