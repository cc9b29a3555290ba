import { it } from 'node:test';

type Story<Fact, Line, Type> = {
  /** Commands that lead to the fact. */
  readonly story: readonly Line[];
  /** Changes that make a forgery of it. */
  readonly forged?: Readonly<Record<string, Partial<Extract<Fact, { type: Type }>>>>;
  /** Commands after which the same fact is not lawful. */
  readonly early?: Readonly<Record<string, readonly Line[]>>;
};

/**
 * What a dishonest host could write into a log: the machine must accept the lawful fact and none of its
 * forgeries. `repeatable` are facts that may be stated twice in a row.
 */
export function forgeriesOf<Fact extends { type: string }, Line>(
  actor: {
    play(...lines: readonly Line[]): Fact[];
    given(...past: readonly Fact[]): { accepts(event: Fact): void; rejects(event: Fact): void };
  },
  repeatable: readonly Fact['type'][] = [],
) {
  return <Type extends Fact['type']>(
    type: Type,
    { story, forged = {}, early = {} }: Story<Fact, Line, Type>,
  ): void => {
    const isOfType = (event: Fact): event is Extract<Fact, { type: Type }> => event.type === type;
    const log = actor.play(...story);
    const past = log.slice(0, log.findLastIndex(isOfType));
    const lawful = log.findLast(isOfType);
    if (!lawful) throw new TypeError(`the story does not lead to ${type}`);

    it(`${type} but the lawful one, and that once`, () => {
      actor.given(...past).accepts(lawful);
      if (!repeatable.includes(type)) actor.given(...past, lawful).rejects(lawful);
    });
    for (const [what, change] of Object.entries(forged))
      it(`${type} ${what}`, () => actor.given(...past).rejects({ ...lawful, ...change }));
    for (const [when, lines] of Object.entries(early))
      it(`${type} when ${when}`, () => actor.given(...actor.play(...lines)).rejects(lawful));
  };
}
