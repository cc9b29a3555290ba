import { describeKind, lines } from '../support.ts';

describeKind(
  'destructive-migration',
  [
    [{ 'migrations/2.sql': 'ALTER TABLE users DROP COLUMN phone;' }, '`phone`'],
    [{ 'migrations/2.sql': 'DROP TABLE sessions;' }, '`sessions`'],
    [{ 'migrations/2.sql': 'ALTER TABLE users ADD COLUMN age integer NOT NULL;' }, '`age`'],
    [{ 'migrations/2.sql': 'DELETE FROM carts;' }, '`carts`'],
  ],
  [
    { 'migrations/2.sql': 'ALTER TABLE users ADD COLUMN age integer NOT NULL DEFAULT 0;' },
    { 'migrations/2.sql': 'ALTER TABLE users ADD COLUMN phone text;' },
    { 'migrations/2.down.sql': 'DROP TABLE sessions;' },
    { 'migrations/2.sql': lines('CREATE TABLE a (id int);', '-- migrate:down', 'DROP TABLE a;') },
    { 'schema.sql': lines('DROP TABLE IF EXISTS users;', 'CREATE TABLE users (id int);') },
    { 'migrations/2.sql': '-- DROP TABLE sessions;' },
    { 'migrations/2.sql': "DELETE FROM carts WHERE created_at < now() - interval '1 year';" },
  ],
);

describeKind(
  'import-cycle',
  [
    [
      { 'src/a.ts': "import { b } from './b.ts';", 'src/b.ts': "import { a } from './a.js';" },
      'import each other',
    ],
    [
      {
        'src/a.ts': "~ import { b } from './b';\nuse(b);",
        'src/b.ts': "const a = require('./a');",
      },
      'import each other',
    ],
    [
      { 'src/x/index.ts': "export { b } from '../b.ts';", 'src/b.ts': "import { a } from './x';" },
      'import each other',
    ],
    [{ 'shop/a.py': 'from .b import f', 'shop/b.py': 'from shop.a import g' }, 'import each other'],
  ],
  [
    { 'src/a.ts': "import { b } from './b.ts';", 'src/b.ts': "import { c } from './c.ts';" },
    { 'src/a.ts': "import { b } from './b.ts';", 'src/b.ts': "import type { A } from './a.ts';" },
    {
      'src/a.ts': "~ import { b } from './b.ts';\nuse(b);",
      'src/b.ts': "~ import { a } from './a.ts';\nuse(a);",
    },
    { 'src/a.ts': "import { b } from 'b';", 'src/b.ts': "import { a } from 'a';" },
    { 'shop/a.py': 'from .b import f', 'shop/b.py': 'import json' },
  ],
);

describeKind(
  'layer-break',
  [
    [{ 'src/domain/order.ts': "import { pool } from '../db/pool.js';" }, '`../db/pool.js`'],
    [{ 'src/core/user.ts': "import express from 'express';" }, '`express`'],
    [{ 'shop/domain/order.py': 'from sqlalchemy import select' }, '`sqlalchemy`'],
    [{ 'internal/domain/order.go': lines('import (', '\t"net/http"', ')') }, '`net/http`'],
  ],
  [
    { 'src/domain/order.ts': "import type { Row } from '../db/pool.js';" },
    { 'src/domain/order.ts': "import { money } from './money.js';" },
    { 'src/http/server.ts': "import express from 'express';" },
    { 'src/domain/order.ts': "~ import { pool } from '../db/pool.js';\nconst a = 1;" },
    { 'src/domain/order.ts': "import { ui } from '../domain/ui/model.js';" },
  ],
);

describeKind(
  'shared-mutable',
  [
    [{ 'src/a.ts': 'export let current = null;' }, '`current`'],
    [{ 'src/a.ts': 'export var count = 0;' }, '`count`'],
    [{ 'lib/b.mjs': 'export let session: Session | undefined;' }, '`session`'],
  ],
  [
    { 'src/a.ts': 'export const limit = 3;' },
    { 'src/a.ts': 'let current = null;' },
    { 'test/a.ts': 'export let current = null;' },
    { 'src/a.ts': '// export let current' },
  ],
);

describeKind(
  'hard-wired-host',
  [
    [{ 'src/a.ts': "const api = 'http://10.0.3.7:8080/v1';" }, '`http://10.0.3.7:8080/v1`'],
    [{ 'src/a.ts': "client.connect('redis://cache.internal:6379');" }, 'cache.internal'],
    [{ 'app.py': 'URL = "http://localhost:9000"' }, 'localhost'],
  ],
  [
    { 'src/a.ts': "const api = process.env.API ?? 'http://localhost:8080';" },
    { 'src/a.ts': "const api = 'https://api.example.com';" },
    { 'test/a.test.ts': "const api = 'http://localhost:8080';" },
    { 'src/a.ts': "log.info('see http://localhost for more');" },
    { 'README.md': 'http://localhost:8080' },
  ],
);

describeKind(
  'api-change',
  [
    [
      {
        'src/a.ts': lines(
          '< export function load(id: string): User {',
          '~   return get(id);',
          'const a = 1;',
        ),
      },
      '`load` is gone',
    ],
    [
      {
        'src/a.ts': lines(
          '< export function load(id: string): User {',
          'export function load(id: string, scope: Scope): User {',
          '~   return get(id);',
        ),
      },
      '`load` asks',
    ],
    [
      { 'app.py': lines('< def load(id, scope=None):', 'def load(id):', '~     return get(id)') },
      '`load` asks',
    ],
    [
      {
        'store/a.go': lines('< func Load(id string) User {', 'func Fetch(id string) User {', '~ }'),
      },
      '`Load` is gone',
    ],
  ],
  [
    {
      'src/a.ts': lines(
        '< export function load(id: string): User {',
        'export function load(id: string, scope?: Scope): User {',
        '~   return get(id);',
      ),
    },
    {
      'src/a.ts': lines('< export function load(id: string): User {', '~   return get(id);'),
      'src/b.ts': 'export function load(id: string): User {',
    },
    { 'src/a.ts': lines('< function load(id: string): User {', '~   return get(id);') },
    {
      'src/a.ts': lines('< export function load(id: string): User {', '~   return get(id);'),
      'CHANGELOG.md': '- `load` is gone, use `get`',
    },
    {
      'src/internal/a.ts': lines(
        '< export function load(id: string): User {',
        '~   return get(id);',
      ),
    },
    { 'app.py': lines('< def _load(id):', 'def _load(id, scope):', '~     return get(id)') },
  ],
);

const logic = lines(
  'export function price(order) {',
  '  let sum = 0;',
  '  for (const line of order.lines) {',
  '    if (line.free) continue;',
  '    sum += line.count * line.price;',
  '  }',
  '  if (order.coupon) sum -= discount(order.coupon);',
  '  log.debug(sum);',
  '  return Math.max(0, sum);',
  '}',
);

describeKind(
  'missing-test',
  [
    [{ 'src/price.ts': logic }, 'without a test'],
    [{ 'src/price.ts': logic, 'README.md': 'Prices.' }, 'without a test'],
    [{ 'src/price.ts': logic, 'test/price.test.ts': "~ it('old', () => {});" }, 'without a test'],
  ],
  [
    { 'src/price.ts': logic, 'test/price.test.ts': "it('sums', () => {});" },
    {
      'src/types.ts': lines(
        'export type A = {',
        '  id: string;',
        '  name: string;',
        '  a: number;',
        '  b: number;',
        '  c: number;',
        '  d: number;',
        '  e: number;',
        '};',
      ),
    },
    { 'scripts/price.ts': logic },
    { 'docs/price.md': logic },
    { 'src/price.ts': 'export const rate = compute(3);' },
  ],
);

const long = (count: number): string =>
  [
    'export function run(rows) {',
    ...Array.from({ length: count }, (_, i) => `  step${i}(rows);`),
    '}',
  ].join('\n');

describeKind(
  'oversize-function',
  [
    [{ 'src/a.ts': long(90) }, '`run` runs over 92 lines'],
    [{ 'app.py': `def run(rows):\n${'    step(rows)\n'.repeat(100)}\ndone()` }, '`run`'],
    [{ 'main.go': `func Run() {\n${'\tstep()\n'.repeat(100)}}` }, '`Run`'],
  ],
  [
    { 'src/a.ts': long(60) },
    { 'test/a.test.ts': long(90) },
    { 'src/a.ts': `~ ${long(90).replaceAll('\n', '\n~ ')}\nconst a = 1;` },
    { 'src/a.ts': `export const table = {\n${'  key: 1,\n'.repeat(100)}};` },
  ],
);

describeKind(
  'god-file',
  [
    [{ 'src/a.ts': 'step(1);\n'.repeat(520) }, '`src/a.ts` has'],
    [{ 'app.py': 'step(1)\n'.repeat(600) }, '`app.py` has'],
    [{ 'src/a.ts': `~ const a = 1;\n${'step(1);\n'.repeat(420)}` }, 'grows by'],
  ],
  [
    { 'src/a.ts': 'step(1);\n'.repeat(300) },
    { 'test/a.test.ts': 'step(1);\n'.repeat(600) },
    { 'package-lock.json': '{}\n'.repeat(900) },
    { 'data/rows.csv': '1,2\n'.repeat(900) },
  ],
);
