import type { Command } from 'commander';
import type { Config } from '../config/index.ts';
import type { Archive, Node } from '../node.ts';
import type { Io } from './io.ts';

/** The configuration that a command runs with: its options are the last layer. */
export async function configOf(command: Command, io: Io): Promise<Config> {
  const { loadConfig } = await import('../config/index.ts');
  return loadConfig({ flags: command.optsWithGlobals(), env: io.env, cwd: io.cwd });
}

/** Runs `use` with the data directory open for reading and its views up to date. */
export async function withArchive<T>(
  command: Command,
  io: Io,
  use: (archive: Archive, config: Config) => Promise<T>,
): Promise<T> {
  const { openArchive } = await import('../node.ts');
  const config = await configOf(command, io);
  const archive = await openArchive(config);
  try {
    await archive.views.catchUp(archive.reader, { signal: io.signal });
    return await use(archive, config);
  } finally {
    await archive.close();
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
