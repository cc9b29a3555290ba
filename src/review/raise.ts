import { outOfMoney, scopeState } from '../../actors/index.ts';
import { budgetAddress, parseAddress, Refusal } from '../../events/index.ts';
import type { Actors } from '../ports.ts';
import { dollars } from '../shared/text/index.ts';
import { ancestorsOf } from './line.ts';

export type Raise = {
  /** Number of the escalation that it answers. */
  readonly escalation: number;
  /** What has a cap, such as `task:pr-42`. */
  readonly scope: string;
  readonly limitMicroUsd: number;
  /** How long the review has from now on. */
  readonly deadlineMs: number;
  readonly by: string;
};

/**
 * A person's answer to an escalation for want of money: the cap is raised, and the agents that had dropped
 * out are asked again, exactly where the review was. Cut off in between, the same answer again goes on.
 * Throws Refusal ARGUMENT_INVALID for a cap that is lower than the one in force, COMMAND_NOT_ALLOWED for an
 * escalation that money does not mend.
 */
export async function raiseCap(
  { actors }: { readonly actors: Actors },
  thread: string,
  { escalation, scope, limitMicroUsd, deadlineMs, by }: Raise,
): Promise<void> {
  const state = await actors.state('thread', thread);
  if (!state || outOfMoney(state.context).length === 0) {
    const message = `escalation ${escalation} of ${thread} is not about money; answer it with a decision`;
    throw new Refusal('COMMAND_NOT_ALLOWED', message);
  }
  const budget = budgetAddress(parseAddress(thread).project);
  const ledger = (await actors.state('budget', budget))?.context;
  const before = ledger ? scopeState(ledger, scope).limitMicroUsd : 0;
  if (limitMicroUsd < before) {
    const message = `${scope} may spend ${dollars(before)} already; name a higher cap`;
    throw new Refusal('ARGUMENT_INVALID', message);
  }
  const short = await shortOf(actors, budget, thread);
  if (!short.includes(scope)) {
    const message = `the review was not short of money for ${scope}, but for ${short.join(', ')}; name that with --scope`;
    throw new Refusal('ARGUMENT_INVALID', message);
  }
  // Money first: a thread that goes on without it would only ask again.
  const id = `lift/${parseAddress(thread).task}/${escalation}/${scope}/${limitMicroUsd}`;
  const cap = { scope, limitMicroUsd, by };
  await actors.handle({
    kind: 'budget',
    actor: budget,
    commandId: id,
    command: { type: 'setLimit', ...cap },
  });
  await actors.handle({
    kind: 'thread',
    actor: thread,
    commandId: id,
    command: { type: 'liftEscalation', escalation, ...cap, deadlineMs },
  });
}

/**
 * The scopes whose caps stopped calls of a thread. What ran out in the task that it was forked from is its own
 * task's to have more of.
 */
async function shortOf(actors: Actors, budget: string, thread: string): Promise<string[]> {
  const { task } = parseAddress(thread);
  const line = [thread, ...(await ancestorsOf({ actors }, thread)).map((each) => each.thread)];
  const short = new Set<string>();
  for await (const { event } of actors.events('budget', budget)) {
    if (event.type !== 'budget.refused' || !line.includes(event.thread)) continue;
    const stopped = parseAddress(event.thread).task;
    for (const { scope, limitMicroUsd, spentMicroUsd, heldMicroUsd } of event.scopes) {
      if (spentMicroUsd + heldMicroUsd + event.amountMicroUsd <= limitMicroUsd) continue;
      const [kind, name] = scope.split(':');
      const isTask = (kind === 'task' || kind === 'thread') && name === stopped;
      short.add(isTask ? `${kind}:${task}` : scope);
    }
  }
  return [...short];
}
