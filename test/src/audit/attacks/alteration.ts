import type { BzzzEvent } from '../../../../events/index.ts';
import type { Dice } from '../../../support/dice.ts';
import { seen, type AttackClass, type Expected } from './family.ts';
import { altered, everyNamed, pick, type Placed, type Scene } from './scene.ts';

/** One event of a type says something else, in a log that is signed again. */
export function alteration<Type extends BzzzEvent['type']>(
  init: {
    name: string;
    variants: number;
    type: Type;
    where?: (placed: Placed<Type>, scene: Scene) => boolean;
  },
  change: (
    placed: Placed<Type>,
    dice: Dice,
    scene: Scene,
  ) => { event: BzzzEvent; expected: Omit<Expected, 'log' | 'seq'> } | null,
): AttackClass {
  const { name, variants, type, where = () => true } = init;
  return {
    name,
    variants,
    on: 'both',
    draw(scene, dice) {
      const fit = everyNamed(scene, type).filter((placed) => where(placed, scene));
      const placed = pick(dice, fit);
      const changed = placed && change(placed, dice, scene);
      if (!placed || !changed) return null;
      const { log, seq } = placed;
      // Nothing would be changed.
      if (JSON.stringify(changed.event) === JSON.stringify(placed.event)) return null;
      return {
        what: `${log.actor} event ${seq}: ${JSON.stringify(changed.event)}`,
        attack: (forger) => forger.record(log.key, altered(placed, changed.event)),
        ...seen(scene, [log.key], [{ log: log.key, seq, ...changed.expected }]),
      };
    },
  };
}
