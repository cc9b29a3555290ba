/** What a fence or a ban must say about a line of code; `null` where it must keep silent. */
export type Seed = { file: string; code: string; says: RegExp | null };

/** Imports across every fence, each with its lawful neighbour. */
export const fences: readonly Seed[] = [
  { file: 'events/a.ts', code: `import '../actors/index.ts';`, says: /Facts outlive/ },
  { file: 'events/b.ts', code: `import '../src/ports.ts';`, says: /Facts outlive/ },
  { file: 'events/c.ts', code: `import { z } from 'zod';`, says: null },
  { file: 'events/d.ts', code: `import { setup } from 'xstate';`, says: /Facts outlive/ },
  { file: 'events/e.ts', code: `import { createHash } from 'node:crypto';`, says: /Facts outlive/ },
  { file: 'events/canonical.ts', code: `import { createHash } from 'node:crypto';`, says: null },
  { file: 'events/upcast/f.ts', code: `import '../../src/log/x.ts';`, says: /Facts outlive/ },

  { file: 'actors/a.ts', code: `import '../events/index.ts';`, says: null },
  { file: 'actors/b.ts', code: `import '../projections/index.ts';`, says: /Actors ask/ },
  { file: 'actors/c.ts', code: `import { readFile } from 'node:fs';`, says: /Actors ask/ },
  { file: 'actors/d.ts', code: `import { setup } from 'xstate';`, says: null },
  { file: 'actors/e.ts', code: `import { z } from 'zod';`, says: /Actors ask/ },
  { file: 'actors/f/g.ts', code: `export { x } from '../../src/shared/x.ts';`, says: /Actors ask/ },
  { file: 'actors/h.ts', code: `import type { X } from '../src/ports.ts';`, says: /Actors ask/ },
  { file: 'actors/i.ts', code: `export type X = import('../src/ports.ts').X;`, says: /Actors ask/ },
  { file: 'actors/j.ts', code: `await import('../src/log/index.ts');`, says: /Actors ask/ },
  { file: 'actors/k.ts', code: `import '../events/thread.ts';`, says: /Go through the door/ },

  { file: 'projections/a.ts', code: `import '../actors/index.ts';`, says: /from events alone/ },
  { file: 'projections/b.ts', code: `import 'kysely';`, says: /from events alone/ },
  { file: 'projections/c.ts', code: `import '../events/index.ts';`, says: null },

  { file: 'src/log/a.ts', code: `import '../runtime/index.ts';`, says: /strangers/ },
  { file: 'src/log/deep/b.ts', code: `import '../../../src/views/x.ts';`, says: /strangers/ },
  { file: 'src/log/c.ts', code: `import '../node.ts';`, says: /strangers/ },
  { file: 'src/log/d.ts', code: `import '../cli/index.ts';`, says: /strangers/ },
  { file: 'src/log/e.ts', code: `export * from '../llm/index.ts';`, says: /strangers/ },
  { file: 'src/log/f.ts', code: `import './x.ts'; import './deep/y.ts';`, says: null },
  { file: 'src/log/g.ts', code: `import '../ports.ts'; import '../shared/z.ts';`, says: null },
  { file: 'src/log/h.ts', code: `import '../shared/diff/index.ts'; import 'node:fs';`, says: null },
  { file: 'src/log/i.ts', code: `import '../../actors/thread/index.ts';`, says: null },
  {
    file: 'src/log/j.ts',
    code: `import '../../actors/thread/law.ts';`,
    says: /Go through the door/,
  },
  { file: 'src/log/k.ts', code: `import '../shared/diff/x.ts';`, says: /Go through the door/ },
  { file: 'src/log/l.ts', code: `import '../../test/support/x.ts';`, says: /looks at tests/ },

  { file: 'src/shared/a.ts', code: `import '../log/index.ts';`, says: /strangers/ },
  { file: 'src/shared/diff/b.ts', code: `import '../prompt/x.ts';`, says: /Go through the door/ },
  { file: 'src/ports.ts', code: `import './log/index.ts';`, says: /strangers/ },
  { file: 'src/node.ts', code: `import './log/index.ts';`, says: null },
  { file: 'src/models.ts', code: `import './llm/index.ts';`, says: null },
  { file: 'src/root.ts', code: `import './llm/inside.ts';`, says: /Go through the door/ },
  { file: 'src/llm/a.ts', code: `import '../models.ts';`, says: /strangers/ },
  { file: 'src/cli/a.ts', code: `import '../node.ts'; import '../log/index.ts';`, says: null },
  { file: 'src/cli/b.ts', code: `import '../log/inside.ts';`, says: /Go through the door/ },
  { file: 'src/cli/c.ts', code: `import '../log/deep/index.ts';`, says: /Go through the door/ },

  { file: 'test/a.ts', code: `import '../src/log/inside.ts';`, says: null },
];

const clock = /clock is input/;
const chance = /Chance is input/;
const timer = /deadline is a fact/;
const world = /world is input/;
const place = /Two machines/;

const bannedUses: readonly (readonly [code: string, says: RegExp])[] = [
  ['Date.now()', clock],
  ['new Date()', clock],
  ['Date()', clock],
  ['{ now: Date }', clock],
  ['performance.now()', clock],
  ['Temporal.Now.instant()', clock],
  ['Math.random()', chance],
  ['{ random: Math }', chance],
  ['crypto.randomUUID()', chance],
  ['setTimeout(() => {}, 1)', timer],
  ['setInterval(() => {}, 1)', timer],
  ['setImmediate(() => {})', timer],
  ['queueMicrotask(() => {})', timer],
  ['process.env', world],
  ['fetch("http://x.example")', world],
  ['new WebSocket("ws://x.example")', world],
  ['console.log(1)', world],
  ['globalThis.process', world],
  ['global.process', world],
  ['require("node:fs")', world],
  ['new Intl.NumberFormat()', place],
  ['"a".localeCompare("b")', place],
  ['(1.5).toLocaleString()', place],
  ['new Date(0).getHours()', place],
];

/** Clock, chance, world and place in the pure folders, and the pure uses that look like them. */
export const bans: readonly Seed[] = [
  ...['events', 'actors', 'projections'].flatMap((folder) =>
    bannedUses.map(([code, says], i): Seed => ({
      file: `${folder}/ban${i}.ts`,
      code: `export const x: unknown = ${code};`,
      says,
    })),
  ),
  { file: 'actors/math.ts', code: `export const x = Math.max(1, Math.PI);`, says: null },
  { file: 'actors/parse.ts', code: `export const x = Date.parse('2026-01-01T00Z');`, says: null },
  { file: 'actors/utc.ts', code: `export const x = new Date(0).getUTCHours();`, says: null },
  { file: 'actors/type.ts', code: `export type X = typeof fetch | Date;`, says: null },
  { file: 'actors/own.ts', code: `export const f = (process: () => 1) => process();`, says: null },
  { file: 'actors/key.ts', code: `export const x = { process: 1, fetch: 2 }.process;`, says: null },
  { file: 'src/log/clock.ts', code: `export const x = Date.now() + Math.random();`, says: null },
];

const sum = '(y: number): number => y + 1';

/** Rules that the linter brings along and this project relies on: each broken once, and one kept. */
export const habits: readonly Seed[] = [
  { file: 'src/a.ts', code: 'export const x = (y: any): unknown => y;', says: /no-explicit-any/ },
  { file: 'src/b.ts', code: 'export default 1;', says: /no-default-export/ },
  {
    file: 'src/c.ts',
    code: 'export function x(): void { Promise.resolve(); }',
    says: /no-floating/,
  },
  {
    file: 'src/d.ts',
    code: 'setTimeout(async () => { await 0; }, 1);',
    says: /no-misused-promises/,
  },
  {
    file: 'src/e.ts',
    code: `export function x(y: 'a' | 'b'): void { switch (y) { case 'a': break; } }`,
    says: /switch-exhaustiveness-check/,
  },
  { file: 'src/t.ts', code: `export type T = 1; export const x = ${sum};`, says: null },
  {
    file: 'src/f.ts',
    code: `import { T } from './t.ts'; export type U = T;`,
    says: /type-imports/,
  },
  {
    file: 'src/g.ts',
    code: `import { h } from './h.ts'; export const g: unknown = h;`,
    says: /no-cycle/,
  },
  {
    file: 'src/h.ts',
    code: `import { g } from './g.ts'; export const h: unknown = g;`,
    says: /no-cycle/,
  },
  {
    file: 'src/i.ts',
    code: `export const x = (y?: string): string => y!;`,
    says: /non-null-assertion/,
  },
  {
    file: 'src/j.ts',
    code: `export const x = {} as unknown as Date;`,
    says: /unsafe-type-assertion/,
  },
  { file: 'src/k.ts', code: `export const x: Date = JSON.parse('1');`, says: /unsafe-assignment/ },
  {
    file: 'src/l.ts',
    code: `export const x = (): never => { throw 'x'; };`,
    says: /only-throw-error/,
  },
  {
    file: 'test/it.test.ts',
    code: `import { it } from 'node:test'; it('x', () => {});`,
    says: null,
  },
];
