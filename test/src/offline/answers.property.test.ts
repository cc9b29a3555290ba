import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createAnswerer } from '../../../src/offline/answer.ts';
import type { DiffLine, FileChange } from '../../../src/shared/diff/index.ts';
import { answerSchemas, type AnswerName } from '../../../src/shared/prompt/index.ts';
import { ask, isShown, promptOf, proposalsOf, roleNames } from './support.ts';

/** Lines that rules react to, and pieces that put a reader off its track. */
const stock = [
  "const apiKey = 'k9f2c71d80b4e4a6fa1';",
  "db.query(`SELECT * FROM a WHERE b = '${c}'`);",
  'export async function saveOrder(a) {',
  '  saveOrder(a);',
  'for (const a of b) {',
  '  const c = await repo.findById(a.id);',
  '} catch {',
  '}',
  '  try {',
  "import { a } from './b.ts';",
  'except: pass',
  'def f(a, b=[]):',
  '// TODO: later',
  '/*',
  '*/',
  '"""',
  '`',
  '${',
  '({[',
  'DROP TABLE users;',
  '-----BEGIN PRIVATE KEY-----',
  'const x = process.env.SHOP_URL;',
  'console.log(1)',
  '',
];
const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...stock) },
  fc.string({ unit: 'grapheme', maxLength: 40 }).map((raw) => raw.replaceAll('\n', ' ')),
);
const path = fc.constantFrom(
  'src/a.ts',
  'src/b.ts',
  'src/domain/c.ts',
  'scripts/d.py',
  'e.py',
  'main.go',
  'migrations/1.sql',
  'README.md',
  'test/a.test.ts',
  '.env',
  'A.java',
  'odd name',
);

const file = fc
  .record({
    path,
    status: fc.constantFrom('added' as const, 'modified' as const, 'deleted' as const),
    rows: fc.array(fc.tuple(fc.constantFrom<DiffLine['op']>(' ', '+', '-'), text), {
      minLength: 1,
      maxLength: 30,
    }),
    section: text,
    start: fc.integer({ min: 1, max: 50 }),
  })
  .map(toFile);

function toFile(init: {
  path: string;
  status: 'added' | 'modified' | 'deleted';
  rows: [DiffLine['op'], string][];
  section: string;
  start: number;
}): FileChange {
  const { status } = init;
  const only = status === 'added' ? '+' : status === 'deleted' ? '-' : null;
  let [oldLine, newLine] = [init.start, init.start];
  const lines = init.rows.map(([drawn, shown]): DiffLine => {
    const op = only ?? drawn;
    return {
      op,
      oldLine: op === '+' ? null : oldLine++,
      newLine: op === '-' ? null : newLine++,
      text: shown,
    };
  });
  const oldLines = lines.filter(({ op }) => op !== '+').length;
  const newLines = lines.filter(({ op }) => op !== '-').length;
  const [oldStart, newStart] = [oldLines && init.start, newLines && init.start];
  return {
    path: init.path,
    oldPath: status === 'added' ? null : init.path,
    status,
    binary: false,
    oldMode: null,
    newMode: null,
    hunks: [{ oldStart, oldLines, newStart, newLines, section: init.section.trim(), lines }],
  };
}

const change = fc.uniqueArray(file, { selector: (each) => each.path, maxLength: 5 });

describe('answering about any change', () => {
  it('fits the schemas, and points only at lines that the change shows', () => {
    fc.assert(
      fc.property(change, fc.constantFrom(...roleNames, 'stranger'), (files, role) => {
        for (const { path: where, line, endLine } of ask.review(role, files).findings)
          assert.ok(isShown(files, where, line, endLine), `${where}:${line}-${endLine}`);
        const proposals = proposalsOf(files);
        const positions = proposals.map(({ id }) => ({
          proposal: id,
          role: 'x',
          choice: 'reject',
          rationale: 'No. See src/a.ts:1.',
        }));
        const { votes } = ask.ballot(role, files, { proposals, positions });
        assert.deepEqual(
          votes.map(({ proposal }) => proposal),
          proposals.map(({ id }) => id),
        );
        for (const { choice, evidence } of votes) {
          assert.equal(evidence.length > 0, choice !== 'abstain');
          for (const place of evidence) assert.ok(isShown(files, place.path, place.line));
        }
        const { remarks } = ask.discussion(role, files, { proposals, positions });
        assert.equal(remarks.length, proposals.length);
      }),
      { numRuns: 150 },
    );
  });

  it('confirms in a vote what the role itself has found', () => {
    fc.assert(
      fc.property(change, fc.constantFrom(...roleNames), (files, role) => {
        const proposals = ask
          .review(role, files)
          .findings.map((finding, i) => ({ ...finding, id: `p${i + 1}` }));
        for (const { choice, rationale } of ask.ballot(role, files, { proposals }).votes)
          assert.equal(choice, 'approve', rationale);
      }),
      { numRuns: 100 },
    );
  });

  it('is the same from every process that is asked', () => {
    fc.assert(
      fc.property(change, fc.constantFrom(...roleNames), (files, role) => {
        const messages = promptOf('bzzz_review', role, files);
        const [one, other] = [createAnswerer(), createAnswerer()].map((answer) =>
          answer(messages, 'bzzz_review', () => true),
        );
        assert.equal(one, other);
      }),
      { numRuns: 50 },
    );
  });
});

describe('answering any prompt', () => {
  const names: AnswerName[] = ['bzzz_review', 'bzzz_ballot', 'bzzz_discussion'];

  it('fits the schemas even when nothing in the prompt can be read', () => {
    const answer = createAnswerer();
    const messy = fc.oneof(
      fc.string(),
      fc.string().map((raw) => `<change>\n${raw}\n</change>\n<proposals>\n[${raw}\n</proposals>`),
      fc.json().map((raw) => `<change>\n\n</change>\n<proposals>\n${raw}\n</proposals>`),
    );
    fc.assert(
      fc.property(messy, messy, fc.constantFrom(...names), (system, user, name) => {
        const messages = [
          { role: 'system', content: system },
          { role: 'user', content: user },
        ];
        answerSchemas[name].parse(JSON.parse(answer(messages, name, () => true)));
      }),
    );
  });

  it('says less when there is less room, and stays whole', () => {
    const answer = createAnswerer();
    const files = [
      toFile({
        path: 'src/a.ts',
        status: 'added',
        section: '',
        start: 1,
        rows: stock.map((row) => ['+', row]),
      }),
    ];
    const proposals = proposalsOf(files);
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.integer({ min: 2000, max: 20_000 }),
        (name, room) => {
          const messages = promptOf(name, 'reviewer', files, { proposals });
          const said = answer(messages, name, ({ length }) => length <= room);
          answerSchemas[name].parse(JSON.parse(said));
          assert.ok(said.length <= room, `${name}: ${said.length} in ${room}`);
        },
      ),
    );
  });
});
