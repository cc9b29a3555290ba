import { access } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** The root of the git work tree that a folder is in, or the folder itself. Asks no git. */
export async function gitRoot(folder: string): Promise<string> {
  const start = resolve(folder);
  for (let at = start; ; at = dirname(at)) {
    // A file in linked work trees and submodules, a folder elsewhere.
    const isRoot = await access(join(at, '.git')).then(
      () => true,
      () => false,
    );
    if (isRoot) return at;
    if (at === dirname(at)) return start;
  }
}
