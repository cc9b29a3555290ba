import type { ThreadContext } from '../../actors/index.ts';
import type { ReviewDeps } from './deps.ts';

/**
 * What each agent takes away from a decided review: how its findings fared with the group. It is reminded
 * of the latest ones in its next review, so that it learns what this team finds worth acting on.
 */
export async function rememberReview(
  deps: Pick<ReviewDeps, 'actors'>,
  thread: string,
): Promise<void> {
  const context = (await deps.actors.state('thread', thread))?.context;
  // What might have been is no experience.
  if (!context?.verdict || context.fork) return;
  for (const agent of context.entered) {
    const text = noteFor(context, agent);
    if (!text) continue;
    await deps.actors.handle({
      kind: 'agent',
      actor: agent,
      commandId: `${context.task}/remember`,
      command: { type: 'remember', thread, topic: 'review.outcome', agent, text },
    });
  }
}

function noteFor(context: ThreadContext, agent: string): string {
  const own = context.proposals.filter(({ sources }) =>
    sources.some(({ hash }) =>
      context.findings.some((finding) => finding.agent === agent && finding.ref.hash === hash),
    ),
  );
  return own
    .filter(({ outcome }) => outcome !== 'open')
    .map(({ kind, severity, place, outcome }) => {
      return `Your ${severity} finding "${kind}" in ${place.path} was ${outcome} by the group.`;
    })
    .join(' ');
}
