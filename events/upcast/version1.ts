import type { Shaped } from './shaped.ts';

/** Version 1 (bzzz 0.1.0) recorded neither what a hold was computed from nor how input was cached. */
export const fromVersion1: Readonly<Record<string, (event: Shaped) => Shaped>> = {
  'agent.call.completed': (event) => ({ ...withCacheWrites(event), serviceTier: null }),
  'budget.held': (event) => ({ ...event, terms: null }),
  'budget.settled': (event) => ({ ...withCacheWrites(event), serviceTier: null }),
  'budget.refused': (event) => ({ ...event, retryAfterMs: null }),
};

function withCacheWrites(event: Shaped): Shaped {
  const { usage } = event;
  return typeof usage === 'object' && usage !== null
    ? { ...event, usage: { ...usage, cacheWriteTokens: null } }
    : event;
}
