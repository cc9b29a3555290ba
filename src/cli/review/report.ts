import { formatAddress, parseAddress } from '../../../events/index.ts';
import { offlineProvider } from '../../models.ts';
import type { Archive } from '../../node.ts';
import { readTexts, type ReviewReport, type Texts } from '../../review/index.ts';
import { diffStats, parseDiff } from '../../shared/diff/index.ts';
import type { Thread, ThreadEntry, ThreadProposal } from '../../views/index.ts';

type Source = Pick<Archive, 'views' | 'vault'>;

/** The report of a review, from the views, with the texts that can be opened here. Refusal NOT_FOUND. */
export async function reportOf(archive: Source, address: string): Promise<ReviewReport> {
  const found = await archive.views.showThread(address);
  const { thread } = found;
  const said = await openEntries(archive, found.entries);
  const escalation = found.escalations.find(({ state }) => state === 'open');
  return {
    format: 'bzzz.review/1',
    thread: thread.address,
    project: thread.project,
    task: thread.task,
    outcome: escalation ? 'escalated' : verdictOf(thread.verdict),
    change: await changeOf(archive, found),
    models: modelsOf(found),
    decision: await decisionOf(archive, found),
    escalation: escalation
      ? {
          address: pathOf(thread.address, 'escalations', escalation.escalation),
          reason: escalation.reason,
          deadlineAt: escalation.deadlineAt,
          onSilence: escalation.onSilence,
          proposals: [...escalation.proposals],
        }
      : null,
    participants: participantsOf(found, said),
    proposals: found.proposals.map((proposal) => proposalOf(found, proposal, said)),
    cost: await costOf(archive, found),
    startedAt: thread.openedAt,
    endedAt: thread.verdict ? thread.updatedAt : null,
  };
}

type Said = ThreadEntry & { readonly texts: Texts };

async function openEntries({ vault }: Source, entries: readonly ThreadEntry[]): Promise<Said[]> {
  return Promise.all(
    entries.map(async (entry) => {
      // A person's note is no JSON; it is read where it is shown.
      const own = entry.agent !== null;
      return { ...entry, texts: own ? await readTexts(vault, entry.body ?? undefined) : {} };
    }),
  );
}

function verdictOf(verdict: string | null): ReviewReport['outcome'] {
  return verdict === 'approved' || verdict === 'changes_requested' ? verdict : 'open';
}

function pathOf(thread: string, family: string, id: string | number): string {
  return formatAddress({ ...parseAddress(thread), path: [family, String(id)] });
}

async function changeOf(
  { vault }: Source,
  { thread, change }: Thread,
): Promise<ReviewReport['change']> {
  const diff = change && (await vault.openBlob(thread.subject, change.blob));
  const stats = diff
    ? diffStats(parseDiff(diff))
    : { files: change?.files ?? 0, added: 0, removed: 0 };
  return { hash: change?.hash ?? '', ...stats };
}

function modelsOf({ calls }: Thread): ReviewReport['models'] {
  const provider = calls[0]?.provider ?? '';
  return {
    provider,
    offline: provider === offlineProvider,
    used: [...new Set(calls.map(({ model }) => model))],
  };
}

async function decisionOf({ vault }: Source, found: Thread): Promise<ReviewReport['decision']> {
  const verdict = found.decisions.find(({ blocking }) => blocking !== null);
  if (!verdict) return null;
  // One that money was given for was answered, and the agents went on.
  const answered = found.escalations.find(
    ({ state }) => state === 'resolved' || state === 'defaulted',
  );
  const decidedBy =
    answered === undefined ? 'agents' : answered.state === 'resolved' ? 'person' : 'silence';
  return {
    address: pathOf(found.thread.address, 'decisions', verdict.decision),
    verdict: verdict.outcome === 'approved' ? 'approved' : 'changes_requested',
    decidedBy,
    by: answered?.by ?? null,
    note: answered?.note ? await vault.open(answered.note) : null,
    blocking: [...(verdict.blocking ?? [])],
  };
}

function participantsOf(found: Thread, said: readonly Said[]): ReviewReport['participants'] {
  return found.participants.map(({ agent, role, state, reason }) => {
    const review = said.find(
      ({ event, agent: by }) => event.type === 'thread.review.entered' && by === agent,
    );
    return {
      agent,
      name: parseAddress(agent).agent,
      role,
      status: state === 'failed' ? 'failed' : state === 'reviewed' ? 'reviewed' : 'pending',
      reason,
      summary: review?.texts.summary ?? null,
    };
  });
}

function proposalOf(
  found: Thread,
  proposal: ThreadProposal,
  said: readonly Said[],
): ReviewReport['proposals'][number] {
  const roleOf = (agent: string): string =>
    found.participants.find((participant) => participant.agent === agent)?.role ?? '';
  const findings = said.filter(
    ({ event }) =>
      event.type === 'thread.finding.entered' &&
      proposal.sources.some(({ hash }) => hash === event.ref.hash),
  );
  const verdict = found.decisions.find(({ blocking }) => blocking !== null);
  const texts = findings[0]?.texts ?? {};
  const { place, hash, kind } = proposal;
  return {
    id: proposal.proposal,
    address: pathOf(found.thread.address, 'proposals', proposal.proposal),
    hash,
    place,
    kind,
    severity: proposal.severity,
    outcome: proposal.outcome,
    blocking: verdict?.blocking?.includes(proposal.proposal) ?? false,
    title: texts.title ?? null,
    detail: texts.detail ?? null,
    suggestion: texts.suggestion ?? null,
    foundBy: findings.map(({ agent }) => parseAddress(agent ?? '').agent),
    votes: proposal.votes.map((vote) => ({
      agent: parseAddress(vote.agent).agent,
      role: roleOf(vote.agent),
      round: vote.round,
      choice: vote.choice,
      confidencePct: vote.confidencePct,
      rationale: said.find(({ seq }) => seq === vote.seq)?.texts.rationale ?? null,
      evidence: [...vote.evidence],
      dissent: isDissent(vote.choice, proposal.outcome),
    })),
    remarks: said.flatMap(({ event, agent, texts: { text } }) => {
      const objects = event.type === 'thread.objection.raised';
      if (!agent || (!objects && event.type !== 'thread.message.posted')) return [];
      if (event.proposal !== proposal.proposal) return [];
      return { agent: parseAddress(agent).agent, role: roleOf(agent), objects, text: text ?? null };
    }),
  };
}

function isDissent(choice: string, outcome: string): boolean {
  return (
    (choice === 'reject' && outcome === 'accepted') ||
    (choice === 'approve' && outcome === 'rejected')
  );
}

async function costOf({ views }: Source, found: Thread): Promise<ReviewReport['cost']> {
  const { project, task, openedAt } = found.thread;
  const { limits, rows } = await views.costSummary({ by: 'day', project });
  const limitOf = (scope: string, kind: string): number =>
    (limits.find((limit) => limit.scope === scope) ?? limits.find((limit) => limit.scope === kind))
      ?.limitMicroUsd ?? 0;
  const day = openedAt.slice(0, 10);
  const { spentMicroUsd, heldMicroUsd, inputTokens, outputTokens } = found.cost;
  const spentOnDay = rows.find(({ key }) => key === day)?.spentMicroUsd ?? 0;
  const taskScope = `task:${task}`;
  const dayScope = `day:${day}`;
  return {
    spentMicroUsd,
    heldMicroUsd,
    calls: found.calls.reduce((sum, { calls }) => sum + calls, 0),
    inputTokens,
    outputTokens,
    limits: [
      { scope: taskScope, limitMicroUsd: limitOf(taskScope, 'task'), spentMicroUsd },
      { scope: dayScope, limitMicroUsd: limitOf(dayScope, 'day'), spentMicroUsd: spentOnDay },
    ],
  };
}
