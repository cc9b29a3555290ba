import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

/** A git work tree named `chorus` with the files given, as text or as JSON; gone after the test. */
export async function workTree(
  t: TestContext,
  files: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const temp = await mkdtemp(join(tmpdir(), 'bzzz-config-'));
  t.after(() => rm(temp, { recursive: true }));
  const root = join(temp, 'chorus');
  await mkdir(join(root, '.git'), { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await writeFile(join(root, path), text);
  }
  return root;
}
