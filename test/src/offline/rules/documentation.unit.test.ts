import { describeKind, lines } from '../support.ts';

describeKind(
  'undocumented-export',
  [
    [{ 'src/a.ts': 'export function load(id: string): User {' }, '`load`'],
    [
      { 'src/a.ts': lines("import { b } from './b.ts';", '', 'export class Store {', '}') },
      '`Store`',
    ],
    [{ 'src/a.ts': 'export const load = async (id: string) => get(id);' }, '`load`'],
    [{ 'store.py': lines('def load(id):', '    return get(id)') }, '`load`'],
    [{ 'store/a.go': lines('package store', '', 'func Load(id string) User {', '}') }, '`Load`'],
  ],
  [
    {
      'src/a.ts': lines(
        '/** The user with that id. */',
        'export function load(id: string): User {',
      ),
    },
    { 'src/a.ts': 'function load(id: string): User {' },
    { 'src/a.ts': 'export type User = { id: string };' },
    { 'src/internal/a.ts': 'export function load(id: string): User {' },
    { 'src/a.ts': 'export function _reset(): void {' },
    { 'src/Button.tsx': 'export function Button() {' },
    {
      'store.py': lines('def load(id):', '    """The user with that id."""', '    return get(id)'),
    },
    {
      'store/a.go': lines(
        '// Load gives the user with that id.',
        'func Load(id string) User {',
        '}',
      ),
    },
    {
      'src/a.ts': lines(
        '~ const a = 1;',
        '~ export function old() {}',
        '~ ',
        'export function load(id: string): User {',
      ),
    },
  ],
);

describeKind(
  'undocumented-config',
  [
    [{ 'src/a.ts': "const url = process.env.SHOP_URL ?? '';" }, '`SHOP_URL`'],
    [{ 'src/a.ts': "const url = process.env['SHOP_URL'];" }, '`SHOP_URL`'],
    [{ 'app.py': 'url = os.environ["SHOP_URL"]' }, '`SHOP_URL`'],
    [{ 'main.go': 'url := os.Getenv("SHOP_URL")' }, '`SHOP_URL`'],
  ],
  [
    {
      'src/a.ts': 'const url = process.env.SHOP_URL;',
      'README.md': '- `SHOP_URL`: where the shop is',
    },
    { 'src/a.ts': 'const url = process.env.SHOP_URL;', '.env.example': 'SHOP_URL=' },
    { 'src/a.ts': 'if (process.env.NODE_ENV === production) run();' },
    { 'src/a.ts': '~ const old = process.env.SHOP_URL;\nconst url = process.env.SHOP_URL;' },
    { 'test/a.test.ts': 'const url = process.env.SHOP_URL;' },
    { 'src/a.ts': '// process.env.SHOP_URL was here' },
  ],
);

describeKind(
  'todo',
  [
    [{ 'src/a.ts': '// TODO: retry' }, 'TODO'],
    [{ 'app.py': 'x = 1  # FIXME later' }, 'FIXME'],
    [{ 'main.go': '/* HACK: wait for the upstream fix */' }, 'HACK'],
  ],
  [
    { 'src/a.ts': "const label = 'TODO: buy milk';" },
    { 'src/a.ts': '~ // TODO: old\nconst a = 1;' },
    { 'README.md': 'TODO: write this' },
    { 'src/a.ts': '// See the todo list.' },
  ],
);
