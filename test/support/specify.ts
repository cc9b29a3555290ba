import assert from 'node:assert/strict';
import {
  initialTransition,
  transition,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type EventFromLogic,
  type SnapshotFrom,
} from 'xstate';
import type { CommandBase, Fact } from '../../actors/index.ts';
import { Refusal, type RefusalCode } from '../../events/index.ts';

/** When a command is given that does not say when. */
export const startMs = Date.UTC(2026, 0, 1);

/** A command as tests write it: the moment may be left out. */
export type Command<C> = (C extends CommandBase ? Omit<C, 'nowMs'> : never) & {
  type: string;
  nowMs?: number;
};

type FactOf<Event> = { readonly event: Event } & Pick<Fact, 'body' | 'copied'>;

/**
 * An actor without the world. It takes a command by the steps of the runtime: decide, then ask the machine
 * about each fact before folding it; a fact that the machine does not accept is a refusal.
 */
export function specify<M extends AnyStateMachine, C extends CommandBase>(type: {
  machine: M;
  decide(command: C, state: SnapshotFrom<M>): readonly FactOf<EventFromLogic<M>>[];
}) {
  type State = SnapshotFrom<M>;
  type Event = EventFromLogic<M>;
  const initial = initialOf(type.machine);
  // What belongs in a command is checked where a test writes it down.
  const actor: { decide(command: CommandBase, state: State): readonly FactOf<Event>[] } = type;

  const accepts = (snapshot: AnyMachineSnapshot, event: Event): boolean => snapshot.can(event);

  const fold = (state: State, event: Event): State => {
    if (accepts(state, event)) return transition(type.machine, state, event)[0];
    throw new Refusal('COMMAND_NOT_ALLOWED', `the machine does not accept ${event.type}`);
  };

  const replay = (events: readonly Event[], from = initial): State => events.reduce(fold, from);

  const handle = (state: State, command: Command<C>) => {
    const facts = actor.decide({ ...command, nowMs: command.nowMs ?? startMs }, state);
    const events = facts.map(eventOf<Event>);
    return { facts, events, state: replay(events, state) };
  };

  /** The facts that commands lead to, first to last. */
  const play = (...commands: readonly Command<C>[]): Event[] => {
    let state = initial;
    return commands.flatMap((command) => {
      const handled = handle(state, command);
      ({ state } = handled);
      return handled.events;
    });
  };

  const given = (...past: readonly Event[]) => {
    const state = replay(past);
    return {
      state,
      when: (command: Command<C>) => ({
        gives: (...expected: readonly Event[]) =>
          assert.deepEqual(handle(state, command).events, expected),
        isRefused: (code: RefusalCode) =>
          assert.throws(() => handle(state, command), { name: 'Refusal', code }),
      }),
      accepts: (event: Event) => assert.ok(accepts(state, event), `accepts ${show(event)}`),
      rejects: (event: Event) => assert.ok(!accepts(state, event), `rejects ${show(event)}`),
    };
  };

  return { initial, replay, handle, play, given };
}

function eventOf<Event>({ event }: FactOf<Event>): Event {
  return event;
}

function initialOf<M extends AnyStateMachine>(machine: M): SnapshotFrom<M>;
function initialOf(machine: AnyStateMachine): AnyMachineSnapshot {
  return initialTransition(machine)[0];
}

function show(event: unknown): string {
  return JSON.stringify(event);
}
