import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { placeFor, type Place } from './place.ts';

/** A place that is a git repository, whose commits nobody in particular has made. */
export async function repositoryFor(t: TestContext): Promise<Repository> {
  const repository = new Repository(await placeFor(t));
  await repository.git('init', '--quiet', '--initial-branch', 'main');
  await repository.git('config', 'user.name', 'Ann');
  await repository.git('config', 'user.email', 'ann@example.org');
  return repository;
}

export class Repository {
  readonly place: Place;

  constructor(place: Place) {
    this.place = place;
  }

  async git(...args: string[]): Promise<string> {
    const { code, out, err } = await this.place.startCommand('git', args).ended;
    assert.equal(code, 0, `git ${args.join(' ')}: ${err}`);
    return out.trim();
  }

  /** Writes files and commits them; returns the commit. */
  async commit(files: Readonly<Record<string, string>>): Promise<string> {
    for (const [path, text] of Object.entries(files)) await this.place.write(path, text);
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '--message', Object.keys(files).join(' '));
    return this.git('rev-parse', 'HEAD');
  }
}
