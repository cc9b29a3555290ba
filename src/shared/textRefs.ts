import type { BlobRef, Recorded } from '../../events/index.ts';

/** A large text that an event refers to, and whose key seals it. */
export type TextRef = {
  /** Where in the event. */
  readonly field: string;
  readonly ref: BlobRef;
  /** Null for a call of a turn that its log does not know. */
  readonly subject: string | null;
};

/**
 * Finds the texts that the events of one log refer to by hash, first event to last: whose text a model's
 * answer is follows from the turn, and whose the change under review from how the thread began.
 */
export class TextRefs {
  readonly #threadOf = new Map<string, string>();
  #origin: string | null = null;

  /** The texts of the next event. */
  of({ meta, event, body }: Recorded): TextRef[] {
    const refs: TextRef[] = [];
    const add = (field: string, ref: BlobRef, subject: string | null): void => {
      refs.push({ field, ref, subject });
    };
    switch (event.type) {
      case 'agent.turn.started':
        this.#threadOf.set(event.turn, event.thread);
        break;
      case 'agent.call.started':
        add('event.request', event.request, this.#threadOf.get(event.turn) ?? null);
        break;
      case 'agent.call.completed':
        add('event.answer', event.answer, this.#threadOf.get(event.turn) ?? null);
        break;
      case 'thread.forked':
        this.#origin = event.subject;
        break;
      case 'thread.review.opened':
        add('event.change.blob', event.change.blob, this.#origin ?? meta.actor);
        break;
      default:
    }
    if (body && 'blob' in body) add('body.blob', body.blob, body.subject);
    return refs;
  }
}
