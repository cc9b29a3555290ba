import type { CheckName } from '../../../../src/audit/report.ts';
import type { Dice } from '../../../support/dice.ts';
import type { Attack } from '../attack.ts';
import type { Scene } from './scene.ts';

/** What the auditor has to say first of a log. */
export type Expected = {
  /** Several where the place of an event decides which of them comes first. */
  readonly check: CheckName | readonly CheckName[];
  /** Key of the log; empty for one that is nobody's. */
  readonly log: string;
  /** Null when no one event diverges; the first and the last that may; left out where it is not determined. */
  readonly seq?: number | null | readonly [from: number, to: number];
  readonly field?: string | null;
};

/** An attack as it was drawn. */
export type Variant = {
  /** What is done, to be read in a failure. */
  readonly what: string;
  readonly attack: Attack;
  /** What is found, in any order: no less, and nothing in any other log. */
  readonly finds: readonly Expected[];
  /** Logs in which something may be found beside: what follows from the attack elsewhere. */
  readonly follows?: 'anywhere';
  /**
   * Nothing in the store tells: what is found is found because somebody has kept a checkpoint of it, and without
   * that nothing is.
   */
  readonly onlyWitnessed?: boolean;
};

/** A way to attack, of which many variants are drawn. */
export type AttackClass = {
  readonly name: string;
  /** How many are made. */
  readonly variants: number;
  /** On which histories: with the seals of a node that stopped, or without any. */
  readonly on: 'sealed' | 'unsealed' | 'both';
  /** Null when the history has nothing of the kind, or nothing would be changed: then it is drawn anew. */
  readonly draw: (scene: Scene, dice: Dice) => Variant | null;
};

export type Family = { readonly name: string; readonly classes: readonly AttackClass[] };

/** Where it is seen: in the seals of the logs, if there are any, else by what the events say. */
export function seen(
  { sealed }: Scene,
  keys: readonly string[],
  finds: readonly Expected[],
): Pick<Variant, 'finds' | 'follows'> {
  return { finds: sealed ? brokenSeals(...keys) : finds, follows: 'anywhere' };
}

/** Logs that were rewritten and signed in a history whose heads are sealed: the seals do not fit them. */
export function brokenSeals(...keys: readonly string[]): Expected[] {
  return keys.map((log) => ({ check: 'seal', log }));
}
