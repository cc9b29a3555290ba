import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blocksOf } from '../../../src/offline/code/blocks.ts';
import { languageOf, purposeOf } from '../../../src/offline/code/language.ts';
import { scan } from '../../../src/offline/code/scan.ts';

describe('reading a language off a path', () => {
  const cases: [path: string, language: string, purpose: string][] = [
    ['src/a.ts', 'ecma', 'source'],
    ['src/orders/a.test.ts', 'ecma', 'test'],
    ['scripts/a.py', 'python', 'script'],
    ['store/a_test.go', 'go', 'test'],
    ['README.md', 'prose', 'prose'],
    ['.env.example', 'hash', 'config'],
    ['vite.config.ts', 'ecma', 'config'],
    ['package-lock.json', 'data', 'generated'],
    ['web/dist/app.js', 'ecma', 'generated'],
    ['Dockerfile', 'hash', 'config'],
    ['LICENSE', 'unknown', 'source'],
  ];
  for (const [path, language, purpose] of cases)
    it(`takes ${path} for ${language}, ${purpose}`, () => {
      assert.deepEqual([languageOf(path), purposeOf(path)], [language, purpose]);
    });
});

describe('scanning', () => {
  it('blanks comments and contents of strings and keeps the columns', () => {
    const { code, comments } = scan([`const a = 'b // c'; // d`], 'ecma');
    assert.deepEqual(code, [`const a = '      ';     `]);
    assert.deepEqual(comments, ['// d']);
  });

  it('shows what is in the holes of a template as code', () => {
    const { code, literals } = scan(['f(`a ${b.c({ d: 1 })} e`);'], 'ecma');
    assert.deepEqual(code, ['f(`  $(b.c({ d: 1 }))  `);']);
    assert.equal(literals[0]?.text, 'a ${b.c({ d: 1 })} e');
  });

  it('follows templates, comments and triple quotes over lines', () => {
    assert.deepEqual(scan(['a(`b', 'c`);', '/* d', 'e */ f();'], 'ecma').code, [
      'a(` ',
      ' `);',
      '    ',
      '     f();',
    ]);
    assert.deepEqual(scan(['"""a', 'b"""', 'c()'], 'python').code, ['""" ', ' """', 'c()']);
  });

  it('tells a regular expression from a division', () => {
    assert.deepEqual(scan([`a.replace(/'/g, b) / c;`], 'ecma').code, [`a.replace(/ /g, b) / c;`]);
  });

  it('guesses that a run of lines begins inside a comment or a string', () => {
    assert.deepEqual(scan(['it is', ' */', 'a();'], 'ecma').code.at(-1), 'a();');
    assert.deepEqual(scan(['it is', '"""', 'a()'], 'python').code, ['     ', '"""', 'a()']);
    assert.deepEqual(scan(['select', '`);', 'a();'], 'ecma').code, ['      ', '`);', 'a();']);
  });

  it('knows the tag of a template and the prefix of a Python string', () => {
    assert.equal(scan(['sql<Row>`a`'], 'ecma').literals[0]?.prefix, 'sql');
    assert.equal(scan(['run(f"a")'], 'python').literals[0]?.prefix, 'f');
  });
});

const kindsOf = (text: string, language: 'ecma' | 'python' | 'go'): string[] => {
  const lines = text.split('\n');
  return blocksOf(scan(lines, language).code, language, '').blocks.map(
    ({ kind, at, endAt }) => `${kind} ${at}-${endAt}`,
  );
};

describe('finding blocks', () => {
  it('names functions, loops, handlers and classes', () => {
    const text = [
      'class A {',
      '  async b({ c }: D): Promise<E> {',
      '    for (const f of g) {',
      '      try {',
      '        h();',
      '      } catch (error) {',
      '      }',
      '    }',
      '  }',
      '}',
    ].join('\n');
    assert.deepEqual(kindsOf(text, 'ecma'), [
      'class 0-9',
      'other 1-1',
      'function 1-8',
      'loop 2-7',
      'try 3-5',
      'catch 5-6',
    ]);
  });

  it('takes callbacks of collections for loops and others for functions', () => {
    assert.deepEqual(
      kindsOf('a.map(async (b) => {\n});\napp.get("/", (req, res) => {\n});', 'ecma'),
      ['loop 0-1', 'function 2-3'],
    );
  });

  it('reads code without semicolons', () => {
    assert.deepEqual(kindsOf('const a = b\nfor (const c of a) {\n}', 'ecma'), ['loop 1-2']);
  });

  it('goes by indentation in Python, over bracketed lines and one-line suites', () => {
    const text =
      'def a(\n    b,\n):\n    for c in b:\n        d()\n    try: e()\n    except: pass\nf()';
    assert.deepEqual(kindsOf(text, 'python'), ['function 0-6', 'loop 3-4', 'try 5-5', 'catch 6-6']);
  });

  it('reads Go', () => {
    assert.deepEqual(
      kindsOf('func (s *S) A(b int) error {\n\tfor _, c := range d {\n\t}\n}', 'go'),
      ['function 0-3', 'loop 1-2'],
    );
  });

  it('starts inside the block that the hunk names', () => {
    const { around } = blocksOf(['  a();', '}', 'b();'], 'ecma', 'async function c(req, res) {');
    assert.deepEqual(
      around.map((block) => block?.kind),
      ['function', 'function', undefined],
    );
  });

  it('survives brackets that never close', () => {
    const { around } = blocksOf(
      Array.from({ length: 500 }, () => 'if (a) {'),
      'ecma',
      '',
    );
    assert.equal(around.length, 500);
    assert.deepEqual(blocksOf(['}', '})', 'a'], 'ecma', '').blocks, []);
  });
});
