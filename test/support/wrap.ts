import type { Actors, ModelAnswer, ModelGateway, ModelRequest } from '../../src/ports.ts';

/** Actors whose commands go another way. */
export function withHandle(actors: Actors, handle: Actors['handle']): Actors {
  return {
    handle,
    outcome: (kind, actor, id) => actors.outcome(kind, actor, id),
    state: (kind, actor) => actors.state(kind, actor),
    events: (kind, actor, from) => actors.events(kind, actor, from),
    logOf: (actor) => actors.logOf(actor),
    subscribe: (listener) => actors.subscribe(listener),
  };
}

/** A gateway whose attempts go another way; `go` makes the attempt as it would have been. */
export function withAttempt(
  gateway: ModelGateway,
  attempt: (
    request: ModelRequest,
    signal: AbortSignal,
    go: () => Promise<ModelAnswer>,
  ) => Promise<ModelAnswer>,
): ModelGateway {
  return {
    ...gateway,
    admit: async (request, admission) => {
      const slot = await gateway.admit(request, admission);
      return {
        release: () => slot.release(),
        attempt: (options) => attempt(request, options.signal, () => slot.attempt(options)),
      };
    },
  };
}
