import { budgetAddress, parseAddress } from '../../events/index.ts';
import type { ReviewDeps } from './deps.ts';
import { scribeOf } from './scribe.ts';
import { failTurn } from './turn.ts';

/**
 * Ends the turns that agents still have open in a thread that waits for none: the process that should have
 * ended them was killed, and nobody will go on with them.
 */
export async function endLeftTurns(deps: ReviewDeps, thread: string): Promise<void> {
  const context = (await deps.actors.state('thread', thread))?.context;
  const { project } = parseAddress(thread);
  const budget = budgetAddress(project);
  const agents = (context?.review?.participants ?? []).map(({ agent }) => agent);
  for (const agent of [...agents, scribeOf(project)]) {
    const turns = (await deps.actors.state('agent', agent))?.context.turns ?? {};
    for (const [turn, open] of Object.entries(turns)) {
      if (open.thread !== thread) continue;
      await deps.calls.abandon({ turn, agent, thread, budget });
      await failTurn(deps, agent, turn, 'superseded', context?.lifts);
    }
  }
}
