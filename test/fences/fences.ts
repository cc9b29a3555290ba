/**
 * Who may look at whom. Imports point one way (events <- actors, projections <- src <- test), and the
 * rooms of src are strangers that meet in src/cli and in the composition root, the files right under src. Paths are relative to the
 * repository and use forward slashes.
 */

/** The three folders that must give the same answer on every machine, for ever. */
type PureFolder = 'events' | 'actors' | 'projections';

const pure: Readonly<
  Record<PureFolder, { may: readonly string[]; packages: readonly string[]; why: string }>
> = {
  events: {
    may: [],
    packages: ['zod'],
    why: 'Facts outlive every reader: events/ imports nothing of ours, and no package but zod.',
  },
  actors: {
    may: ['events'],
    packages: ['xstate'],
    why: 'Actors ask, they do not reach: actors/ imports events/ and xstate; src supplies the world through machine.provide().',
  },
  projections: {
    may: ['events'],
    packages: [],
    why: 'A projection is rebuilt from events alone: projections/ imports events/ and no package.',
  },
};

/** The place a file belongs to: `events`, `src/log`, `src/shared/diff`, `src/node.ts`, `test`. */
export function placeOf(path: string): string {
  const [top = '', next, third] = path.split('/');
  if (top !== 'src' || next === undefined) return top;
  return next === 'shared' && third !== undefined ? `src/shared/${third}` : `src/${next}`;
}

/** Why the file `from` may not import the file `to`; undefined when it may. */
export function fenceBetween(from: string, to: string): string | undefined {
  const here = placeOf(from);
  const there = placeOf(to);
  if (here === there || here === 'test') return undefined;
  if (there === 'test')
    return 'Tests look at everything, nothing looks at tests: move what is shared out of test/.';
  if (isPure(here) && !pure[here].may.includes(there)) return pure[here].why;
  if (isBeyondPorts(there) && !isMeetingPlace(here))
    return `${here} and ${there} are strangers: name what you need in src/ports.ts or src/shared/, and let src/node.ts introduce the two.`;
  return isDoor(to, there)
    ? undefined
    : `Go through the door: import the index.ts of ${there}, and export there what outsiders need.`;
}

function isBeyondPorts(place: string): boolean {
  return place.startsWith('src/') && place !== 'src/ports.ts' && !place.startsWith('src/shared/');
}

function isMeetingPlace(place: string): boolean {
  return place === 'src/cli' || (place.endsWith('.ts') && isBeyondPorts(place));
}

// A place that is a single file is its own door; a pure folder has one per kind of actor or question.
function isDoor(path: string, place: string): boolean {
  return (
    path === place || path === `${place}/index.ts` || (isPure(place) && path.endsWith('/index.ts'))
  );
}

/** Why the file `from` may not import `names` of a package or built-in; undefined when it may. */
export function fenceToPackage(
  from: string,
  specifier: string,
  names: readonly string[],
): string | undefined {
  const here = placeOf(from);
  if (!isPure(here)) return undefined;
  if (pure[here].packages.some((name) => specifier === name || specifier.startsWith(`${name}/`)))
    return undefined;
  // A hash is a pure function; the rest of node:crypto is not.
  if (from === 'events/canonical.ts' && specifier === 'node:crypto')
    return names.length === 1 && names[0] === 'createHash' ? undefined : pure.events.why;
  return pure[here].why;
}

/** Whether files of that place (see placeOf) must be pure. */
export function isPure(place: string): place is PureFolder {
  return Object.hasOwn(pure, place);
}
