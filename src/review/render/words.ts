import { severities } from '../../shared/prompt/index.ts';
import type { ReviewReport } from '../reviewReport.ts';
import { count, dollars, inline, number, visible } from '../../shared/text/index.ts';

/** What a report says, in words that all formats for people share. All of it is safe to print. */

export type Proposal = ReviewReport['proposals'][number];
export type Vote = Proposal['votes'][number];

export const headlines: Readonly<Record<ReviewReport['outcome'], string>> = {
  approved: 'Approved',
  changes_requested: 'Changes requested',
  escalated: 'Escalated: a person has to decide',
  open: 'Still under way',
};

/** One sentence: how it came to that outcome. */
export function reasonOf(report: ReviewReport): string {
  const { outcome, decision, escalation } = report;
  if (outcome === 'open') return 'The agents have not finished.';
  if (outcome === 'escalated') return escalation ? whyEscalated(escalation) : '';
  if (decision?.decidedBy === 'person') return `Decided by ${inline(decision.by)}.`;
  if (decision?.decidedBy === 'silence')
    return 'Nobody answered the escalation in time, so its default holds.';
  const { length } = report.proposals;
  const blocking = report.proposals.filter((proposal) => proposal.blocking).length;
  if (length === 0) return 'The agents found nothing to report.';
  return blocking === 0
    ? `Nothing blocks the change; ${count(length, 'finding')} in all.`
    : `${blocking} of ${count(length, 'finding')} ${blocking === 1 ? 'blocks' : 'block'} the change.`;
}

function whyEscalated({ reason, proposals }: NonNullable<ReviewReport['escalation']>): string {
  const on = proposals.length > 0 ? ` on ${proposals.map(visible).join(', ')}` : '';
  switch (reason) {
    case 'undecided':
      return `The agents could not agree${on}.`;
    case 'deadline':
      return `Time ran out before the agents agreed${on}.`;
    case 'budget':
      return 'The budget does not allow the calls that are still needed.';
    case 'participants':
      return 'Too few agents were able to review the change.';
  }
}

/** What was reviewed, by how many, how long it took and what it cost. */
export function factsOf(report: ReviewReport): string[] {
  const { change, participants, startedAt, endedAt } = report;
  const reviewed = participants.filter(({ status }) => status === 'reviewed').length;
  const durationMs = endedAt === null ? Number.NaN : Date.parse(endedAt) - Date.parse(startedAt);
  return [
    `${visible(report.project)} / ${visible(report.task)}`,
    `${count(change.files, 'file')}, +${change.added} -${change.removed}`,
    `${reviewed} of ${count(participants.length, 'agent')} reviewed`,
    ...(durationMs >= 0 ? [durationOf(durationMs)] : []),
    dollars(report.cost.spentMicroUsd),
  ];
}

/** The findings by what became of them, the most severe first; groups without any are left out. */
export function groupsOf({ proposals }: ReviewReport): { title: string; proposals: Proposal[] }[] {
  const rank = ({ severity }: Proposal): number => severities.indexOf(severity);
  const group = (title: string, belongs: (proposal: Proposal) => boolean) => ({
    title,
    proposals: proposals.filter(belongs).toSorted((a, b) => rank(b) - rank(a)),
  });
  return [
    group('Blocking', ({ blocking }) => blocking),
    group('Accepted', ({ blocking, outcome }) => !blocking && outcome === 'accepted'),
    group('Open', ({ blocking, outcome }) => !blocking && outcome === 'open'),
    group('Rejected', ({ blocking, outcome }) => !blocking && outcome === 'rejected'),
  ].filter((found) => found.proposals.length > 0);
}

/** `path:line`, or `path:line-endLine`. */
export function placeWords({ path, line, endLine }: Proposal['place']): string {
  return `${visible(path)}:${line}${endLine > line ? `-${endLine}` : ''}`;
}

/** Who voted how: one entry per round. */
export function ballotsOf({ votes }: Proposal): { label: string; text: string }[] {
  const rounds = [...new Set(votes.map(({ round }) => round))].toSorted((a, b) => a - b);
  return rounds.map((round) => ({
    label: rounds.length > 1 ? `round ${round}` : 'votes',
    text: ballot(votes.filter((vote) => vote.round === round)),
  }));
}

function ballot(votes: readonly Vote[]): string {
  return (['approve', 'reject', 'abstain'] as const)
    .map((choice) => ({ choice, voters: votes.filter((vote) => vote.choice === choice) }))
    .filter(({ voters }) => voters.length > 0)
    .map(({ choice, voters }) => `${choice}: ${voters.map(voterWords).join(', ')}`)
    .join('; ');
}

function voterWords({ agent, choice, confidencePct }: Vote): string {
  return choice === 'abstain' ? visible(agent) : `${visible(agent)} ${confidencePct} %`;
}

/** The last word of each agent that stayed against the outcome. */
export function dissentsOf({ votes }: Proposal): { who: string; rationale: string | null }[] {
  return votes
    .filter(
      (vote) =>
        vote.dissent &&
        !votes.some(({ agent, round }) => agent === vote.agent && round > vote.round),
    )
    .map(({ agent, choice, confidencePct, evidence, rationale }) => {
      const at = evidence.length > 0 ? `, see ${evidence.map(placeWords).join(', ')}` : '';
      return { who: `${visible(agent)}, ${choice} ${confidencePct} %${at}`, rationale };
    });
}

/** What the models cost, how many calls and tokens that was, and what is left of each cap. */
export function costOf({ cost, models }: ReviewReport): string[] {
  const { spentMicroUsd, heldMicroUsd, calls, inputTokens, outputTokens, limits } = cost;
  const held = heldMicroUsd > 0 ? `, ${dollars(heldMicroUsd)} held` : '';
  const tokens = `${number(inputTokens)} tokens in, ${number(outputTokens)} out`;
  const used = models.used.length > 0 ? `: ${models.used.map(visible).join(', ')}` : '';
  return [
    `${dollars(spentMicroUsd)}${held} for ${count(calls, 'call')}, ${tokens}`,
    ...(models.offline ? ['offline model: rules, no language model was asked'] : []),
    ...(models.offline || models.provider === '' ? [] : [`${visible(models.provider)}${used}`]),
    ...limits.map(
      (limit) =>
        `${visible(limit.scope)}: ${dollars(limit.spentMicroUsd)} of ${dollars(limit.limitMicroUsd)}`,
    ),
  ];
}

/** What a person does about an escalation: commands and their options; null when there is nothing to do. */
export function nextOf({
  outcome,
  escalation,
}: ReviewReport): { sentence: string; commands: [command: string, options: string][] } | null {
  if (outcome !== 'escalated' || !escalation) return null;
  const silence =
    escalation.onSilence === 'approved' ? 'the change is approved' : 'changes are requested';
  const address = `'${visible(escalation.address).replaceAll("'", String.raw`'\''`)}'`;
  return {
    sentence: `Decide by ${momentOf(escalation.deadlineAt)}; if nobody does, ${silence}.`,
    commands: answersTo(escalation).map((answer) => [
      `bzzz escalation resolve ${address}`,
      `${answer} --by NAME`,
    ]),
  };
}

function answersTo({ reason }: NonNullable<ReviewReport['escalation']>): string[] {
  const decisions = ['--decision approved', '--decision changes_requested'];
  return reason === 'budget' ? ['--raise USD', ...decisions] : decisions;
}

function momentOf(timestamp: string): string {
  const moment = new Date(timestamp);
  return Number.isNaN(moment.getTime())
    ? visible(timestamp)
    : `${moment.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function durationOf(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
