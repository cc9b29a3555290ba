import type { Command } from 'commander';
import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Refusal } from '../../../events/index.ts';
import type { Config } from '../../config/index.ts';
import { exitCodes } from '../exit.ts';
import { emitJson, type Io } from '../io.ts';
import { configOf } from '../open.ts';
import type { AddCommand } from '../program.ts';
import { table } from '../table.ts';

type Diagnosis = { readonly check: string; readonly ok: boolean; readonly detail: string };

export const addDoctor: AddCommand = (program, io, exit) => {
  program
    .command('doctor')
    .description('Check that everything bzzz needs is there; exit 1 if not.')
    .option('--json', 'for programs')
    .action(async (options: { json?: true }, command: Command) => {
      const config = await configOf(command, io);
      const found = [
        node(),
        await git(io),
        await writable(config),
        await roles(config),
        await model(config),
        ...(await logsAndViews(config)),
      ];
      if (options.json) emitJson(io, found);
      else {
        const rows = found.map(({ check, ok, detail }) => [ok ? 'ok' : 'PROBLEM', check, detail]);
        io.out(table(['', 'what', 'detail'], rows));
      }
      if (found.some(({ ok }) => !ok)) exit(exitCodes.failed);
    });
};

function node(): Diagnosis {
  return { check: 'Node.js', ok: true, detail: process.version };
}

/** The outcome of something that throws when it does not work. */
async function attempt(check: string, work: () => Promise<string>): Promise<Diagnosis> {
  try {
    return { check, ok: true, detail: await work() };
  } catch (error) {
    return { check, ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

function git(io: Io): Promise<Diagnosis> {
  return attempt('git', async () => {
    const { execFile } = await import('node:child_process');
    const { promisify } = await import('node:util');
    const { stdout } = await promisify(execFile)('git', ['--version'], { signal: io.signal });
    return stdout.trim();
  });
}

function writable({ data }: Config): Promise<Diagnosis> {
  return attempt('data directory', async () => {
    let existing = data;
    let found = await stat(existing).catch(() => null);
    for (; !found; found = await stat(existing).catch(() => null)) existing = dirname(existing);
    if (!found.isDirectory()) throw new Error(`${existing} is no directory`);
    await access(existing, constants.W_OK);
    return existing === data ? data : `${data} (made by the first review)`;
  });
}

function roles(config: Config): Promise<Diagnosis> {
  return attempt('roles', async () => {
    const { loadRoles } = await import('../../config/index.ts');
    const { builtInRoles } = await import('../review/run.ts');
    const found = await loadRoles(config, builtInRoles);
    return found.map(({ name, tier }) => `${name} (${tier})`).join(', ');
  });
}

// Prices are looked up, no model is asked: a check must not cost anything.
function model(config: Config): Promise<Diagnosis> {
  return attempt('models', async () => {
    const { openModels } = await import('../../models.ts');
    const models = await openModels(config);
    try {
      const names = [...new Set(Object.values(models.byTier))];
      const providers = names.map(
        (name) => models.gateway.quote({ model: name, messages: [], maxTokens: 1 }).provider,
      );
      return `${names.join(', ')} at ${[...new Set(providers)].join(', ')}, prices known`;
    } finally {
      await models.close();
    }
  });
}

// What a node does before it writes, so that nobody has to start one to learn of it.
async function heads({ data }: Config): Promise<string> {
  const { checkHeads, dataDir } = await import('../../log/index.ts');
  const { logs, refused } = await checkHeads(dataDir(data));
  const problems = [...refused.values()].map(({ message }) => message);
  if (problems.length > 0) throw new Error(problems.join('; '));
  return `${logs} logs as they were signed and sealed`;
}

async function logsAndViews(config: Config): Promise<Diagnosis[]> {
  const { openArchive } = await import('../../node.ts');
  try {
    const archive = await openArchive(config);
    try {
      return [
        await attempt('logs', async () => `${(await archive.reader.logs()).length} registered`),
        await attempt('heads', () => heads(config)),
        await attempt('views', async () => {
          await archive.views.catchUp(archive.reader);
          return 'up to date';
        }),
      ];
    } finally {
      await archive.close();
    }
  } catch (error) {
    const none = error instanceof Refusal && error.code === 'NOT_FOUND';
    const detail = error instanceof Error ? error.message : String(error);
    const logs = { check: 'logs', ok: none, detail: none ? 'none yet' : detail };
    return none ? [logs] : [logs, await attempt('heads', () => heads(config))];
  }
}
