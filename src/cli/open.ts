import type { Command } from 'commander';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Refusal } from '../../events/index.ts';
import type { Config } from '../config/index.ts';
import type { Archive, Node } from '../node.ts';
import type { LogReader } from '../ports.ts';
import { moment } from './arguments.ts';
import type { Io } from './io.ts';
import { showProgress } from './progress.ts';

/** The configuration that a command runs with: its options are the last layer. */
export async function configOf(command: Command, io: Io): Promise<Config> {
  const { loadConfig } = await import('../config/index.ts');
  return loadConfig({ flags: command.optsWithGlobals(), env: io.env, cwd: io.cwd });
}

/** What to look at. A path on the command line is all that an auditor has: no configuration is asked for. */
export async function placeOf(
  path: string | undefined,
  command: Command,
  io: Io,
): Promise<Pick<Config, 'data'>> {
  return path === undefined ? configOf(command, io) : { data: resolve(io.cwd, path) };
}

/** The option of every command that can answer as it would have at a moment; `withArchive` heeds it. */
export const asOfOption = ['--at <time>', 'as it was then, that instant included', moment] as const;

/** What is read, and the moment that questions about it are asked at. */
export type Dated = Archive & { readonly nowMs: number };

/**
 * Runs `use` with the data directory open for reading and its views up to date; or, where the command was
 * given `--at`, as all of it was at that moment. Throws Refusal ARGUMENT_INVALID for a moment to come.
 */
export async function withArchive<T>(
  command: Command,
  io: Io,
  use: (archive: Dated, config: Config) => Promise<T>,
): Promise<T> {
  const { at } = command.opts<{ at?: string }>();
  const config = await configOf(command, io);
  const nowMs = io.clock.nowMs();
  if (at !== undefined) return withPast(config, io, at, use);
  const { openArchive } = await import('../node.ts');
  const archive = await openArchive(config);
  try {
    await archive.views.catchUp(archive.reader, { signal: io.signal });
    return await use({ ...archive, nowMs }, config);
  } finally {
    await archive.close();
  }
}

/** Runs `use` with the logs of the data directory alone: no views are made, nothing is written. */
export async function withLogs<T>(
  command: Command,
  io: Io,
  use: (reader: LogReader) => Promise<T>,
): Promise<T> {
  const { openReadOnly, dataDir } = await import('../log/index.ts');
  const logs = await openReadOnly(dataDir((await configOf(command, io)).data));
  try {
    return await use(logs);
  } finally {
    await logs.close();
  }
}

/** Folds history up to a moment into views of its own, which are gone afterwards. */
async function withPast<T>(
  config: Config,
  io: Io,
  at: string,
  use: (archive: Dated, config: Config) => Promise<T>,
): Promise<T> {
  const nowMs = Date.parse(at);
  if (nowMs > io.clock.nowMs()) {
    throw new Refusal('ARGUMENT_INVALID', `--at ${at} is still to come; leave it out for now`);
  }
  const { openArchive } = await import('../node.ts');
  const { asOf } = await import('./asOf.ts');
  const dir = await mkdtemp(join(tmpdir(), 'bzzz-views-'));
  try {
    const archive = await openArchive(config, `sqlite:${join(dir, 'views.sqlite')}`);
    const progress = showProgress(io, 'events');
    try {
      const { signal } = io;
      const onProgress = (of: { done: number; total: number }): void =>
        progress.show(of.done, of.total);
      const reader = await asOf(archive.reader, at, { signal, onProgress });
      await archive.views.catchUp(reader, { signal, onProgress });
      progress.clear();
      return await use({ ...archive, reader, nowMs }, config);
    } finally {
      progress.clear();
      await archive.close();
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The same, where there is something to write about: throws Refusal NOT_FOUND without logs. */
export async function withKnownNode<T>(
  config: Config,
  use: (node: Node) => Promise<T>,
): Promise<T> {
  const { requireNode } = await import('../node.ts');
  await requireNode(config);
  return withNode(config, use);
}

/** Runs `use` with the data directory open for writing; made if it is not there. */
export async function withNode<T>(config: Config, use: (node: Node) => Promise<T>): Promise<T> {
  const { openNode } = await import('../node.ts');
  const node = await openNode(config);
  try {
    return await use(node);
  } finally {
    await node.close();
  }
}
