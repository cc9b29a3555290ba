import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reviewReport, type ReviewReport } from '../../src/review/reviewReport.ts';
import { repositoryFor, type Repository } from './support/repository.ts';

const flawed = `export function run(input: string): unknown {\n  return eval(input);\n}\n`;

async function review(
  { place }: Repository,
  base: string,
  cwd = '.',
): Promise<ReviewReport & { exit: number | null }> {
  const args = ['review', '--base', base, '--format', 'json', '--quiet'];
  const { code, out, err } = await place.bzzz(args, { cwd });
  assert.equal(err, '', base);
  return { ...reviewReport.parse(JSON.parse(out)), exit: code };
}

function placesOf({ proposals }: ReviewReport): string[] {
  return proposals.map(({ place }) => `${place.path}:${place.line}`);
}

describe('a review of the repository one stands in', { concurrency: 2 }, () => {
  it('shows what a branch adds since it left its base, and keeps its data to itself', async (t) => {
    const repository = await repositoryFor(t);
    await repository.commit({ 'a.txt': 'one\n' });
    await repository.git('checkout', '--quiet', '-b', 'feature');
    await repository.commit({ 'src/run.ts': flawed });
    await repository.git('checkout', '--quiet', 'main');
    await repository.commit({ 'later.ts': flawed });
    await repository.git('checkout', '--quiet', 'feature');

    const report = await review(repository, 'main');
    assert.ok(placesOf(report).includes('src/run.ts:2'), JSON.stringify(placesOf(report)));
    assert.deepEqual([report.change.files, report.exit], [1, 1]);
    assert.match(report.thread, /^bzzz:\/\/\*:\*@bzzz-e2e-\w+:review-[0-9a-f]{12}$/);
    assert.equal(await repository.git('status', '--porcelain'), '', 'git ignores the data');
  });

  it('takes a range of commits', async (t) => {
    const repository = await repositoryFor(t);
    const first = await repository.commit({ 'a.txt': 'one\n' });
    const second = await repository.commit({ 'src/run.ts': flawed });
    await repository.commit({ 'src/later.ts': flawed });
    const { change } = await review(repository, `${first}..${second}`);
    assert.deepEqual([change.files, change.added], [1, 3]);
    assert.equal((await review(repository, `${second}..`)).change.files, 1);
    assert.equal((await review(repository, first.slice(0, 8))).change.files, 2);
  });

  it('gives the same from a folder below and with any taste in diffs', async (t) => {
    const repository = await repositoryFor(t);
    await repository.commit({ 'lib/a.txt': 'one\n' });
    await repository.commit({ 'src/über uns/run.ts': flawed, 'lib/a.txt': 'two\n' });
    const plain = await review(repository, 'HEAD~1');
    assert.ok(placesOf(plain).includes('src/über uns/run.ts:2'), JSON.stringify(placesOf(plain)));
    const tastes = {
      'diff.noprefix': 'true',
      'diff.relative': 'true',
      'diff.external': '/bin/false',
      'color.diff': 'always',
      'diff.submodule': 'log',
      'core.quotePath': 'false',
    };
    for (const [name, value] of Object.entries(tastes)) await repository.git('config', name, value);
    const { change } = await review(repository, 'HEAD~1', 'lib');
    assert.equal(change.hash, plain.change.hash);
  });

  it('refuses in one line what it cannot compare', async (t) => {
    const repository = await repositoryFor(t);
    const { place } = repository;
    const refused = async (base: string, says: RegExp): Promise<void> => {
      const { code, out, err } = await place.bzzz(['review', '--base', base]);
      assert.match(err, /^bzzz: [^\n]+\n$/);
      assert.match(err, says);
      assert.deepEqual([code, out], [2, '']);
    };
    await refused('HEAD', /git does not know the revision HEAD here/);
    await repository.commit({ 'a.txt': 'one\n' });
    await refused('no-such-branch', /git does not know the revision no-such-branch here/);
    await refused('--output=a.txt', /git does not know the revision --output=a\.txt here/);
    await refused('main..no-such-branch', /git does not know the revision no-such-branch here/);
    await place.write('a.txt', 'two\n');
    await refused('main', /no commit changes anything since main; commit, or pipe: git diff \|/);
    await repository.git('checkout', '--quiet', '--force', '--orphan', 'island');
    await repository.commit({ 'b.txt': 'alone\n' });
    await refused('main', /no merge base/);
    assert.ok(!(await place.files()).some((file) => file.startsWith('.bzzz/')));
  });

  it('takes what is not committed yet through a pipe', async (t) => {
    const repository = await repositoryFor(t);
    await repository.commit({ 'src/run.ts': 'export {};\n' });
    await repository.place.write('src/run.ts', flawed);
    const input = `${await repository.git('diff')}\n`;
    const { code, out } = await repository.place.bzzz(['review', '--diff', '-'], { input });
    assert.equal(code, 1);
    assert.match(out, /src\/run\.ts:2/);
  });
});
