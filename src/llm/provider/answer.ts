import type { Refusal, ServiceTier, Unavailable, Usage } from '../../../events/index.ts';
import type { ModelAnswer, ModelRequest } from '../../ports.ts';
import { streamFailure, unavailable, type StreamFailure } from './failures.ts';

/** What one event of a stream brings; what it does not mention stays as it was. */
export type Piece = {
  readonly text?: string | undefined;
  /** The text is the model's refusal to answer. */
  readonly isRefusal?: boolean | undefined;
  readonly model?: string | undefined;
  readonly finishReason?: string | undefined;
  /** What the provider reports as used, if this is more than a count on the way. */
  readonly usage?: Usage | null | undefined;
  readonly serviceTier?: ServiceTier | null | undefined;
  /** The provider gives up, and why. */
  readonly failure?: StreamFailure | undefined;
};

/** Longest token of o200k. A text over it times maxTokens comes from a server that ignores the limit. */
const tokenCharsMax = 128;

/** Puts a streamed answer together and knows when it is whole. */
export class StreamedAnswer {
  requestId: string | null = null;
  readonly #provider: string;
  readonly #textLengthMax: number;
  #model: string;
  #text = '';
  #isRefusal = false;
  #finishReason: string | null = null;
  #usage: Usage | null = null;
  #serviceTier: ServiceTier | null = null;

  constructor(provider: string, { model, maxTokens }: ModelRequest) {
    this.#provider = provider;
    this.#model = model;
    this.#textLengthMax = maxTokens * tokenCharsMax;
  }

  /**
   * Takes what the next event brought, null if it is no event of the protocol, and returns its text. Throws
   * MODEL_UNAVAILABLE on nonsense, and MODEL_REJECTED when the provider will not answer this request.
   */
  add(piece: Piece | null): string {
    if (!piece) throw this.#broken('sent something that is no event of its protocol');
    if (piece.failure) throw this.#failed(piece.failure);
    const { text = '' } = piece;
    this.#text += text;
    if (this.#text.length > this.#textLengthMax)
      throw this.#broken('sent more text than the limit of tokens allows');
    this.#isRefusal ||= piece.isRefusal ?? false;
    this.#model = piece.model ?? this.#model;
    this.#finishReason = piece.finishReason ?? this.#finishReason;
    this.#serviceTier = piece.serviceTier ?? this.#serviceTier;
    // Some servers report usage as it grows: what comes before the end is not the bill.
    if (this.#finishReason !== null && piece.usage !== undefined) this.#usage = piece.usage;
    return text;
  }

  /** The answer. A stream that ended without saying why is a failure, never a short answer. */
  finish(latencyMs: number): ModelAnswer {
    if (this.#finishReason === null) throw this.#broken('ended the answer before it was complete');
    return {
      text: this.#text,
      model: this.#model,
      finishReason: this.#isRefusal ? 'refusal' : this.#finishReason,
      usage: this.#usage,
      serviceTier: this.#serviceTier,
      latencyMs,
      requestId: this.requestId,
    };
  }

  #failed(failure: StreamFailure): Refusal | Unavailable {
    return streamFailure(this.#provider, failure, this.requestId);
  }

  #broken(what: string): Unavailable {
    return unavailable(this.#provider, what, { billable: true, requestId: this.requestId });
  }
}
