import fc from 'fast-check';
import { fromTransition } from 'xstate';
import { adjacencyMapToArray, getAdjacencyMap } from 'xstate/graph';
import { Refusal } from '../../events/index.ts';

/** An actor, and everything that anybody may ask of it in a state, allowed or not. */
export type World<State, Event, Line> = {
  readonly initial: State;
  handle(state: State, line: Line): { events: readonly Event[]; state: State };
  linesIn(state: State): readonly Line[];
};

type Step<State, Line> = { readonly from: State; readonly line: Line; readonly to: State };

/**
 * Every state that commands can lead to, and every command that was allowed in one. `keyOf` says which
 * states are the same.
 */
export function explore<State, Event, Line extends { type: string }>(
  world: World<State, Event, Line>,
  keyOf: (state: State) => string,
): { states: State[]; steps: Step<State, Line>[] } {
  const logic = fromTransition(
    (state: State, line: Line) => attempt(world, state, line)?.state ?? state,
    world.initial,
  );
  const graph = getAdjacencyMap(logic, {
    events: ({ context }) => world.linesIn(context).filter((line) => attempt(world, context, line)),
    serializeState: ({ context }) => keyOf(context),
    limit: 200_000,
  });
  const steps = adjacencyMapToArray(graph).map(({ state, event, nextState }) => ({
    from: state.context,
    line: event,
    to: nextState.context,
  }));
  const all = [world.initial, ...steps.map(({ to }) => to)];
  return { states: [...new Map(all.map((state) => [keyOf(state), state])).values()], steps };
}

/** The log that random commands of everybody, in any order, lead to; a refused one leaves no trace. */
export function anyLog<State, Event, Line>(
  world: World<State, Event, Line>,
  commands = 100,
): fc.Arbitrary<{ log: Event[]; state: State }> {
  return fc.array(fc.nat(), { minLength: commands, maxLength: commands }).map((picks) => {
    let state = world.initial;
    const log = picks.flatMap((pick) => {
      const lines = world.linesIn(state);
      const line = lines[pick % lines.length];
      const handled = line && attempt(world, state, line);
      state = handled?.state ?? state;
      return handled?.events ?? [];
    });
    return { log, state };
  });
}

/** What a command leads to; null when it is refused. */
export function attempt<State, Event, Line>(
  actor: Pick<World<State, Event, Line>, 'handle'>,
  state: State,
  line: Line,
): { events: readonly Event[]; state: State } | null {
  try {
    return actor.handle(state, line);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}
