import type { OpenAI } from 'openai';
import type { ServiceTier } from '../../../events/index.ts';
import type { ModelRequest } from '../../ports.ts';
import type { Piece } from './answer.ts';

export type DialectOptions = {
  /** Says `max_tokens` to a server that does not know `max_completion_tokens`. */
  readonly legacyMaxTokens?: boolean;
  /**
   * Asked for, so that no setting of the account makes a call dearer than its hold. Absent: not mentioned,
   * for servers that do not know the field.
   */
  readonly serviceTier?: ServiceTier;
};

type Sending = { readonly signal: AbortSignal; readonly headers: Record<string, string | null> };

/** One of the two APIs in which a model can be asked: how a request is put, and how events are read. */
export type Dialect = {
  /** Sends the request; resolves when the response has begun. Rejects with the client's own errors. */
  readonly open: (
    client: OpenAI,
    request: ModelRequest,
    options: DialectOptions,
    sending: Sending,
  ) => Promise<{ data: AsyncIterable<unknown>; request_id: string | null }>;
  /** Null for what is no event of this API. */
  readonly read: (event: unknown) => Piece | null;
};

export function wireTier({ serviceTier }: DialectOptions): {
  service_tier?: 'default' | 'flex' | 'priority';
} {
  if (serviceTier === undefined) return {};
  return { service_tier: serviceTier === 'standard' ? 'default' : serviceTier };
}
