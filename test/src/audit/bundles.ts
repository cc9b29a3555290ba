import { createHash } from 'node:crypto';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportBundle, openBundle, verify } from '../../../src/audit/index.ts';
import type { Exported } from '../../../src/audit/bundle/export.ts';
import { openReadOnly, type DataDir } from '../../../src/log/index.ts';
import { Refusal } from '../../../events/index.ts';
import { verifyBundle } from '../../independent/verifyBundle.ts';

const exportedAt = '2026-11-24T00:00:00.000Z';

/** Exports a directory as the command does. */
export async function exported(
  dir: DataDir,
  target: string,
  options: { thread?: string; keys?: true; signal?: AbortSignal } = {},
): Promise<Exported> {
  const logs = await openReadOnly(dir);
  try {
    return await exportBundle(logs, {
      target,
      thread: options.thread ?? null,
      exportedAt,
      checkpoint: () => logs.checkpoint(exportedAt),
      keyOf: options.keys ? (subject) => logs.exportKey(subject) : null,
      ...(options.signal ? { signal: options.signal } : {}),
    });
  } finally {
    await logs.close();
  }
}

/** What each of two verifiers has against a bundle, nothing when it is intact. */
export type Opinion = { readonly bzzz: string[]; readonly independent: string[] };

export async function opinionsOf(bundle: string): Promise<Opinion> {
  return { bzzz: await ofBzzz(bundle), independent: ofStranger(bundle) };
}

async function ofBzzz(bundle: string): Promise<string[]> {
  try {
    const { findings } = await verify(() => openBundle(bundle));
    return findings.map(({ check, actor, seq, field }) =>
      [check, actor.replace(/^bzzz:\/\//, '') || '-', seq ?? '-', field ?? '-'].join(' '),
    );
  } catch (error) {
    if (error instanceof Refusal) return [error.code];
    throw error;
  }
}

function ofStranger(bundle: string): string[] {
  try {
    return verifyBundle(bundle).flatMap(({ check, failures }) =>
      failures.map((why) => `${check}: ${why}`),
    );
  } catch (error) {
    return [String(error)];
  }
}

/** Opinions on a copy of a bundle after a change; `sums` makes the sums fit again, as a forger would. */
export async function changed(
  bundle: string,
  change: (copy: string) => Promise<void>,
  sums: 'old' | 'fitting',
): Promise<Opinion> {
  const copy = `${bundle}-changed`;
  await cp(bundle, copy, { recursive: true });
  try {
    await change(copy);
    if (sums === 'fitting') await sumAgain(copy);
    return await opinionsOf(copy);
  } finally {
    await rm(copy, { recursive: true });
  }
}

async function sumAgain(bundle: string): Promise<void> {
  const lines: string[] = [];
  for (const file of (await filesOf(bundle)).filter((name) => name !== 'SHA256SUMS')) {
    const sum = createHash('sha256').update(await readFile(join(bundle, file)));
    lines.push(`${sum.digest('hex')}  ${file}\n`);
  }
  await writeFile(join(bundle, 'SHA256SUMS'), lines.join(''));
}

/** Paths in the bundle, in order. */
export async function filesOf(bundle: string): Promise<string[]> {
  const entries = await readdir(bundle, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(bundle.length + 1))
    .toSorted();
}
