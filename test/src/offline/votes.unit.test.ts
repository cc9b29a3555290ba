import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ProposalText } from '../../../src/shared/prompt/index.ts';
import { ask, fileChanges, lines, type Files } from './support.ts';

type Vote = ReturnType<typeof vote>;

function proposal(kind: string, path: string, line: number, endLine = line): ProposalText {
  return { id: 'p1', path, line, endLine, kind, severity: 'medium', title: kind, detail: '' };
}

function vote(role: string, files: Files, on: ProposalText, positions: Position[] = []) {
  const { votes } = ask.ballot(role, fileChanges(files), { proposals: [on], positions });
  const [first] = votes;
  assert.ok(first !== undefined && votes.length === 1);
  return first;
}
type Position = { proposal: string; role: string; choice: string; rationale: string };

const leak = { 'src/mail.ts': "const apiKey = 'k9f2c71d80b4e4a6fa1';" };
const script = {
  'scripts/fill.py': lines('for user in users:', '    cursor.execute(sql, (user.id,))'),
};

describe('voting', () => {
  it('is surer in the own field than in another', () => {
    const own = vote('reviewer', leak, proposal('secret', 'src/mail.ts', 1));
    const foreign = vote('performance', leak, proposal('secret', 'src/mail.ts', 1));
    assert.deepEqual([own.choice, foreign.choice], ['approve', 'approve']);
    assert.ok(own.confidencePct > foreign.confidencePct + 10);
    assert.deepEqual(own.evidence, [{ path: 'src/mail.ts', line: 1 }]);
    assert.match(own.rationale, /`apiKey`/);
  });

  it('knows what other models call the same thing', () => {
    const on = proposal('hardcoded-secret', 'src/mail.ts', 1);
    assert.equal(vote('reviewer', leak, on).choice, 'approve');
  });

  it('finds the place when the lines are a little off', () => {
    const files = { 'src/mail.ts': `import a from 'a';\n\n${leak['src/mail.ts']}` };
    assert.equal(vote('reviewer', files, proposal('secret', 'src/mail.ts', 1)).choice, 'approve');
  });

  it('abstains, without evidence, on a kind that no rule knows', () => {
    const { choice, evidence } = vote('reviewer', leak, proposal('tone', 'src/mail.ts', 1));
    assert.deepEqual([choice, evidence], ['abstain', []]);
  });

  it('rejects what nothing at the place supports, and quotes the line', () => {
    const files = { 'src/a.ts': 'const limit = 3;' };
    const { choice, rationale, evidence } = vote(
      'reviewer',
      files,
      proposal('injection', 'src/a.ts', 1),
    );
    assert.equal(choice, 'reject');
    assert.match(rationale, /const limit = 3;/);
    assert.deepEqual(evidence, [{ path: 'src/a.ts', line: 1 }]);
  });

  it('rejects a place that the change does not show, with evidence that it does show', () => {
    const { choice, evidence } = vote('reviewer', leak, proposal('secret', 'src/other.ts', 7));
    assert.deepEqual([choice, evidence], ['reject', [{ path: 'src/mail.ts', line: 1 }]]);
  });

  it('abstains when there is nothing to point at', () => {
    const { choice } = vote('reviewer', {}, proposal('secret', 'src/mail.ts', 1));
    assert.equal(choice, 'abstain');
  });

  it('abstains in a foreign field where it takes judgement', () => {
    const files = { 'src/a.ts': 'setTimeout(() => retry(), 30000);' };
    const on = proposal('magic-timeout', 'src/a.ts', 1);
    assert.equal(vote('performance', files, on).choice, 'approve');
    assert.equal(vote('architect', files, on).choice, 'abstain');
  });
});

describe('objecting', () => {
  const cases: [role: string, why: RegExp, files: Files, on: ProposalText][] = [
    ['performance', /is a script/, script, proposal('query-in-loop', 'scripts/fill.py', 2)],
    [
      'performance',
      /while the program starts/,
      { 'src/a.ts': "const page = readFileSync('a.html');" },
      proposal('sync-io', 'src/a.ts', 1),
    ],
    [
      'performance',
      /fixed list/,
      { 'src/a.ts': 'const tax = REGIONS.find((r) => r.code === code);' },
      proposal('quadratic', 'src/a.ts', 1),
    ],
    [
      'documentation',
      /is internal/,
      { 'src/internal/a.ts': 'export function load() {}' },
      proposal('undocumented-export', 'src/internal/a.ts', 1),
    ],
    [
      'documentation',
      /what it prints/,
      { 'scripts/a.ts': 'console.log(rows);' },
      proposal('debug-leftover', 'scripts/a.ts', 1),
    ],
    [
      'architect',
      /only types and constants/,
      { 'src/types.ts': 'export type A = { b: string };' },
      proposal('missing-test', 'src/types.ts', 1),
    ],
    [
      'architect',
      /no code that a test could run/,
      { 'README.md': 'Words.' },
      proposal('missing-test', 'README.md', 1),
    ],
    [
      'architect',
      /only types come from/,
      { 'src/domain/a.ts': "import type { Row } from '../db/rows.ts';" },
      proposal('layer-break', 'src/domain/a.ts', 1),
    ],
    [
      'architect',
      /list of cases/,
      { 'test/a.test.ts': "it('a', () => {});" },
      proposal('god-file', 'test/a.test.ts', 1),
    ],
    [
      'reviewer',
      /SHOP-7/,
      { 'src/a.ts': '// TODO(SHOP-7): retry' },
      proposal('todo', 'src/a.ts', 1),
    ],
    [
      'reviewer',
      /through the tag `sql`/,
      { 'src/a.ts': 'sql`SELECT * FROM a WHERE b = ${b}`;' },
      proposal('injection', 'src/a.ts', 1),
    ],
    [
      'reviewer',
      /`TABLE` is a constant/,
      { 'src/a.ts': 'db.query(`SELECT a FROM ${TABLE} WHERE b = $1`, [b]);' },
      proposal('injection', 'src/a.ts', 1),
    ],
    [
      'reviewer',
      /comes from `process\.env\.API_KEY`/,
      { 'src/a.ts': 'const apiKey = process.env.API_KEY;' },
      proposal('secret', 'src/a.ts', 1),
    ],
    ['reviewer', /placeholder/, { '.env': 'API_KEY=changeme' }, proposal('secret', '.env', 1)],
    [
      'reviewer',
      /line 3 says why/,
      { 'src/a.ts': lines('try {', '} catch {', '  // Gone already.', '}') },
      proposal('swallowed-error', 'src/a.ts', 2),
    ],
    [
      'reviewer',
      /`void` shows/,
      { 'src/a.ts': 'void save();' },
      proposal('missing-await', 'src/a.ts', 1),
    ],
    [
      'reviewer',
      /matter of taste/,
      { 'src/a.ts': 'setTimeout(retry, 30000);' },
      proposal('magic-timeout', 'src/a.ts', 1),
    ],
  ];
  for (const [role, why, files, on] of cases)
    it(`lets the ${role} say no to ${on.kind}: ${why.source}`, () => {
      const cast: Vote = vote(role, files, on);
      assert.equal(cast.choice, 'reject', cast.rationale);
      assert.match(cast.rationale, why);
      assert.equal(cast.evidence.length, 1);
    });

  it('keeps a role from reporting what it would vote down', () => {
    const kinds = (role: string): string[] =>
      ask.review(role, fileChanges(script)).findings.map(({ kind }) => kind);
    assert.deepEqual(kinds('reviewer'), ['query-in-loop']);
    assert.deepEqual(kinds('performance'), []);
  });
});

describe('discussing', () => {
  const on = proposal('query-in-loop', 'scripts/fill.py', 2);
  const positions: Position[] = [
    {
      proposal: 'p1',
      role: 'performance',
      choice: 'reject',
      rationale: 'It is a script. Leave it.',
    },
    { proposal: 'p2', role: 'architect', choice: 'reject', rationale: 'Something else.' },
  ];

  it('answers the positions of the others and stays by its own', () => {
    const { remarks } = ask.discussion('reviewer', fileChanges(script), {
      proposals: [on],
      positions,
    });
    assert.equal(remarks.length, 1);
    assert.equal(remarks[0]?.stance, 'support');
    assert.match(remarks[0]?.text ?? '', /performance would reject: "It is a script\."/);
    assert.doesNotMatch(remarks[0]?.text ?? '', /Something else/);
  });

  const unknown = proposal('tone', 'scripts/fill.py', 2);
  const says = (role: string, choice: string, rationale: string): Position => ({
    proposal: 'p1',
    role,
    choice,
    rationale,
  });

  it('lets an undecided role join the side that cites more of the change', () => {
    const cast = vote('architect', script, unknown, [
      says('reviewer', 'approve', 'See scripts/fill.py:1 and scripts/fill.py:2.'),
      says('performance', 'reject', 'See scripts/fill.py:2.'),
    ]);
    assert.equal(cast.choice, 'approve');
    assert.equal(cast.evidence.length, 2);
  });

  it('does not count places that the change does not show, nor what is only quoted', () => {
    const cast = vote('architect', script, unknown, [
      says(
        'reviewer',
        'approve',
        'See scripts/fill.py:88 and a.ts:1; they say "scripts/fill.py:1".',
      ),
      says('performance', 'reject', 'See scripts/fill.py:2.'),
    ]);
    assert.equal(cast.choice, 'reject');
  });

  it('goes by the number of roles when both sides cite as much, and else stays undecided', () => {
    const approve = says('reviewer', 'approve', 'See scripts/fill.py:1.');
    const reject = says('performance', 'reject', 'See scripts/fill.py:2.');
    const more = says('documentation', 'reject', 'See scripts/fill.py:2.');
    assert.equal(vote('architect', script, unknown, [approve, reject]).choice, 'abstain');
    assert.equal(vote('architect', script, unknown, [approve, reject, more]).choice, 'reject');
  });

  it('does not move a role that has a reason of its own', () => {
    const all = ['architect', 'documentation', 'performance'].map((role) =>
      says(role, 'reject', 'See scripts/fill.py:1.'),
    );
    assert.equal(vote('reviewer', script, on, all).choice, 'approve');
  });
});

describe('roles that users write', () => {
  const files = { ...leak, 'src/b.ts': '// TODO: later' };
  const kinds = (prompt: string): string[] => {
    const change = fileChanges(files);
    return ask.review(prompt, change).findings.map(({ kind }) => kind);
  };

  it('get the rules of the fields that they speak of', () => {
    assert.deepEqual(kinds('security-auditor'), ['secret']);
    assert.deepEqual(kinds('readme-writer'), ['todo']);
  });

  it('get all rules when they speak of none', () => {
    assert.deepEqual(kinds('sceptic'), ['secret', 'todo']);
  });
});
