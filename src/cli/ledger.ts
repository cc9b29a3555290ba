import type { Command } from 'commander';
import { budgetAddress, Refusal, scopeKinds } from '../../events/index.ts';
import type { Config } from '../config/index.ts';
import type { Node } from '../node.ts';
import { dollars } from '../shared/text/index.ts';
import { emitJson, type Io } from './io.ts';
import { configOf, withKnownNode, withNode } from './open.ts';

type Told = { readonly by: string; readonly json?: true };
type Limit = Told & {
  readonly scope: string;
  /** Null removes the cap. */
  readonly limitMicroUsd: number | null;
};

/** Sets or removes the cap of a scope, or of a kind of scope; the ledger is opened if it is not there. */
export async function setLimit(
  io: Io,
  command: Command,
  { scope, limitMicroUsd, by, json }: Limit,
): Promise<void> {
  const config = await configOf(command, io);
  const { project } = config;
  requireKind(scope, config);
  await withNode(config, async (node) => {
    const { to, version } = await ledgerOf(node, project);
    if (version === 0) {
      await node.host.handle({ ...to, commandId: 'open', command: { type: 'open', project } });
    }
    await node.host.handle({
      ...to,
      commandId: `limit/${scope}/${version}`,
      command:
        limitMicroUsd === null
          ? { type: 'removeLimit', scope, by }
          : { type: 'setLimit', scope, limitMicroUsd, by },
    });
  });
  if (json) emitJson(io, { project, scope, limitMicroUsd });
  else if (limitMicroUsd === null) io.out(`${scope} of ${project} has no cap of its own\n`);
  else io.out(`${scope} of ${project} is capped at ${dollars(limitMicroUsd)}\n`);
  const configured = config.budget.limitsMicroUsd[scope] ?? null;
  if (configured !== null && configured !== limitMicroUsd) {
    const cap = dollars(configured);
    io.err(
      `note: the configuration caps ${scope} at ${cap}, and the next review sets that again\n`,
    );
  }
}

/** A person vouches for the clock. Throws Refusal NOT_FOUND where there is no ledger that goes by it. */
export async function resetClock(io: Io, command: Command, { by, json }: Told): Promise<void> {
  const config = await configOf(command, io);
  const { project } = config;
  const day = await withKnownNode(config, async (node) => {
    const { to, version } = await ledgerOf(node, project);
    if (version === 0) throw new Refusal('NOT_FOUND', `nothing was held for ${project} yet`);
    const { events } = await node.host.handle({
      ...to,
      commandId: `clock/${version}`,
      command: { type: 'resetClock', by },
    });
    return events.flatMap(({ event }) => (event.type === 'budget.clock.reset' ? event.day : []))[0];
  });
  if (json) emitJson(io, { project, day: day ?? null });
  else io.out(`${project} goes by the clock of this machine again: it is ${day} (UTC)\n`);
}

async function ledgerOf({ host }: Node, project: string) {
  const to = { kind: 'budget' as const, actor: budgetAddress(project) };
  return { to, version: (await host.state('budget', to.actor))?.version ?? 0 };
}

// A kind is easily misspelt, and its cap would then never count for anything.
function requireKind(scope: string, { budget: { labels }, project }: Config): void {
  const kinds: readonly string[] = [...scopeKinds, ...Object.keys(labels)];
  const [kind = '', name] = scope.split(':');
  if (kind === 'project' && name !== undefined && name !== project) {
    const message = `this is the ledger of ${project}; name another with --project`;
    throw new Refusal('ARGUMENT_INVALID', message);
  }
  if (kinds.includes(kind)) return;
  const message = `${JSON.stringify(scope)} is no kind of scope; there are ${kinds.join(', ')} (labels come from budget.labels)`;
  throw new Refusal('ARGUMENT_INVALID', message);
}
