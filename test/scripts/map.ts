import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { placeOf } from '../fences/fences.ts';

/**
 * Draws the architecture from the real imports and writes it between two marks in README.md.
 * `--check` writes nothing and exits 1 when the picture there is not the one that would be drawn.
 */

type Arrow = { from: string; to: string };

const root = join(import.meta.dirname, '../..');
const marks = /(?<=<!-- map -->\n).*?(?=<!-- \/map -->)/s;
const importSource =
  /^(?:import|export)\b(?:[^'";]*\bfrom)?\s*'(\.[^']+)'|\bimport\(\s*'(\.[^']+)'/gm;

/** The arrows between places, each once, read from the import statements of all files. */
export function readArrows(repository: string): Arrow[] {
  const found = new Map<string, Arrow>();
  for (const file of globSync('{events,actors,projections,src}/**/*.ts', { cwd: repository })) {
    const text = readFileSync(join(repository, file), 'utf8');
    for (const [, fixed, lazy] of text.matchAll(importSource)) {
      const target = posix.join(posix.dirname(file), fixed ?? lazy ?? '');
      const arrow = { from: nodeOf(file), to: nodeOf(target) };
      if (arrow.from !== arrow.to && target.endsWith('.ts'))
        found.set(`${arrow.from} ${arrow.to}`, arrow);
    }
  }
  return [...found.values()];
}

// All of src/shared is one box: which room uses which helper is not architecture.
function nodeOf(path: string): string {
  return placeOf(path).replace(/^src\/shared\/.*/, 'src/shared');
}

/**
 * Mermaid text for the arrows. Rooms stand in one frame; what half of them or more have in common is one
 * arrow from or to the frame. An arrow is left out where a longer way says the same.
 */
export function draw(arrows: readonly Arrow[]): string {
  const places = [...new Set(arrows.flatMap(({ from, to }) => [from, to]))].toSorted();
  const rooms = places.filter(isRoom);
  const drawn = reduce(collapse(arrows, rooms), rooms);
  return [
    '```mermaid',
    'flowchart TB',
    ...places.filter((place) => !isRoom(place)).map((place) => `  ${idOf(place)}["${place}"]`),
    `  subgraph ${frame} ["src: rooms, strangers to each other"]`,
    ...rooms.map((room) => `    ${idOf(room)}["${room.slice('src/'.length)}"]`),
    '  end',
    ...drawn.map(({ from, to }) => `  ${idOf(from)} --> ${idOf(to)}`).toSorted(),
    '```',
    '',
  ].join('\n');
}

const frame = 'rooms';

function collapse(arrows: readonly Arrow[], rooms: readonly string[]): Arrow[] {
  const isCommon = (place: string, end: 'from' | 'to'): boolean => {
    const others = arrows.filter((arrow) => arrow[end] === place);
    const atRooms = others.filter((arrow) => isRoom(end === 'to' ? arrow.from : arrow.to));
    return !isRoom(place) && atRooms.length * 2 >= rooms.length;
  };
  const collapsed = arrows.map(({ from, to }) => ({
    from: isRoom(from) && isCommon(to, 'to') ? frame : from,
    to: isRoom(to) && isCommon(from, 'from') ? frame : to,
  }));
  return [...new Map(collapsed.map((arrow) => [`${arrow.from} ${arrow.to}`, arrow])).values()];
}

function reduce(arrows: readonly Arrow[], rooms: readonly string[]): Arrow[] {
  const next = (place: string): string[] =>
    arrows
      .filter(({ from }) => from === place || (from === frame && isRoom(place)))
      .flatMap(({ to }) => (to === frame ? [frame, ...rooms] : [to]));
  const hasDetour = ({ from, to }: Arrow): boolean => {
    const seen = new Set([from]);
    const ahead = next(from).filter((step) => step !== to);
    for (let step = ahead.pop(); step !== undefined; step = ahead.pop()) {
      if (step === to) return true;
      // The ports only name what others do: a way through them is not a use.
      if (!seen.has(step) && step !== 'src/ports.ts') ahead.push(...next(step));
      seen.add(step);
    }
    return false;
  };
  return arrows.filter((arrow) => !hasDetour(arrow));
}

function isRoom(place: string): boolean {
  return /^src\/(?!shared$|cli$)[^.]+$/.test(place);
}

function idOf(place: string): string {
  return place.replaceAll(/\W/g, '_');
}

function main(check: boolean): number {
  const readme = join(root, 'README.md');
  const text = existsSync(readme) ? readFileSync(readme, 'utf8') : '';
  if (!marks.test(text)) {
    console.error('README.md has no place for the map: add <!-- map --> and <!-- /map --> lines.');
    return 1;
  }
  const fresh = text.replace(marks, draw(readArrows(root)));
  if (fresh === text) return 0;
  if (check) {
    console.error('The map in README.md is not what the imports say: run `npm run map`.');
    return 1;
  }
  writeFileSync(readme, fresh);
  return 0;
}

if (import.meta.main) process.exitCode = main(process.argv.includes('--check'));
