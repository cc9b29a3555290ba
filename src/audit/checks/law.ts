import type { ActorKind } from '../../../events/index.ts';
import { Fold } from '../../shared/fold.ts';
import type { EventCheck } from './check.ts';

/** Every event is one that its machine accepts after those before it. */
export function lawCheck(kind: ActorKind): EventCheck {
  const fold = new Fold(kind);
  let lawful = true;
  return ({ seq, recorded: { event } }) => {
    if (!lawful) return null;
    lawful = fold.accept(event);
    if (lawful) return null;
    const state = JSON.stringify(fold.state.value);
    return {
      check: 'law',
      seq,
      field: 'event',
      expected: `an event that a ${kind} accepts while it is ${state}`,
      found: event.type,
      message: `${event.type} at event ${seq} is not lawful there`,
    };
  };
}
