import type { EventOf, ThreadTurn } from '../../../events/index.ts';
import type { Difference, Findings, Subject } from '../findings.ts';
import type { EventCheck } from './check.ts';
import type { Noted, Speech, Turn } from './speech.ts';

/**
 * Holds what agents did for a thread against what the thread asked of them: nobody drops out whose log says
 * otherwise, and no agent takes a turn, or remembers an end, that the thread has not come to. The last events
 * of a thread are gone when its agents know more of it than it does.
 */
export class Asked {
  readonly #thread: Subject;
  readonly #speech: Speech;
  readonly #findings: Findings;
  /** What the thread has opened: `vote 2`. */
  readonly #opened = new Set<string>();
  #participants: readonly string[] = [];
  #asks = '';
  #ended = false;
  /** Where the thread goes its own way: before that, agents were asked in the one it was forked from. */
  #ownFrom = 0;
  #length = 0;

  constructor(thread: Subject, init: { readonly speech: Speech; readonly findings: Findings }) {
    this.#thread = thread;
    this.#speech = init.speech;
    this.#findings = init.findings;
  }

  readonly check: EventCheck = ({ seq, recorded: { meta, event } }) => {
    this.#length = seq + 1;
    switch (event.type) {
      case 'thread.forked':
        this.#ownFrom = event.origin.length;
        return null;
      case 'thread.review.opened':
        this.#participants = event.participants.map(({ agent }) => agent);
        return this.#open('review', 0);
      case 'thread.vote.opened':
        return this.#open('vote', event.round);
      case 'thread.discussion.opened':
        return this.#open('discuss', event.round);
      case 'thread.escalation.lifted':
        return this.#open(event.round === 0 ? 'review' : 'vote', event.round);
      case 'thread.participant.failed':
        return seq < this.#ownFrom ? null : this.#dropOut(event, seq);
      case 'thread.deadline.passed':
        return event.at <= meta.at ? null : tooEarly(event, meta.at, seq);
      case 'thread.verdict.reached':
        this.#ended = true;
        return null;
      default:
        return null;
    }
  };

  /** Once the thread is read: what its agents know of it, and it does not. */
  conclude(): void {
    const { log, actor } = this.#thread;
    const findings = this.#findings;
    if (findings.doubtful(log) || findings.diverged(log, 'event')) return;
    for (const turn of this.#speech.begunFor(actor)) {
      if (findings.doubtful(turn.agent.log)) continue;
      if (!this.#opened.has(keyOf(turn.kind, turn.round))) this.#unknown(turn);
      else if (!this.#participants.includes(turn.agent.actor)) this.#uninvited(turn);
    }
    const noted = this.#speech.notedOf(actor);
    if (noted && !this.#ended && !findings.doubtful(noted.agent.log)) this.#endless(noted);
  }

  #open(turn: ThreadTurn, round: number): null {
    this.#asks = keyOf(turn, round);
    this.#opened.add(this.#asks);
    return null;
  }

  // An agent that was stopped before its turn began has no record of it.
  #dropOut({ agent, reason }: Dropped, seq: number): Difference | null {
    const turns = this.#speech
      .begunFor(this.#thread.actor)
      .filter((own) => own.agent.actor === agent && keyOf(own.kind, own.round) === this.#asks);
    const last = turns.at(-1);
    if (!last || turns.some((own) => own.reason === reason)) return null;
    if (this.#findings.doubtful(last.agent.log)) return null;
    const message = `event ${seq} says that ${agent} dropped out; by its own log its turn did not fail so`;
    const expected = last.reason ?? last.end;
    return { check: 'entry', seq, field: 'reason', expected, found: reason, message };
  }

  #unknown({ agent, seq, kind, round }: Turn): void {
    this.#findings.add(this.#thread, {
      check: 'entry',
      seq: this.#length,
      field: 'turn',
      expected: keyOf(kind, round),
      found: null,
      message: `${agent.actor} began the turn ${keyOf(kind, round)} in event ${seq} of its log; the thread has not come to it, its last events are gone`,
    });
  }

  #uninvited({ agent, seq, kind, round }: Turn): void {
    this.#findings.add(agent, {
      check: 'entry',
      seq,
      field: 'thread',
      expected: this.#participants,
      found: agent.actor,
      message: `event ${seq} begins the turn ${keyOf(kind, round)} of ${this.#thread.actor}, in which ${agent.actor} does not take part`,
    });
  }

  #endless({ agent, seq }: Noted): void {
    this.#findings.add(this.#thread, {
      check: 'entry',
      seq: this.#length,
      field: 'verdict',
      expected: 'a verdict',
      found: null,
      message: `${agent.actor} remembers how the thread ended in event ${seq} of its log; its last events are gone`,
    });
  }
}

type Dropped = EventOf<'thread'> & { type: 'thread.participant.failed' };
type Passed = EventOf<'thread'> & { type: 'thread.deadline.passed' };

function tooEarly({ at }: Passed, recordedAt: string, seq: number): Difference {
  const message = `event ${seq} says that a deadline has passed at a time that was still to come`;
  return { check: 'envelope', seq, field: 'event.at', expected: recordedAt, found: at, message };
}

function keyOf(turn: Turn['kind'], round: number): string {
  return `${turn} ${turn === 'review' ? 0 : round}`;
}
