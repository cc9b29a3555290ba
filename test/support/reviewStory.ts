import {
  agentAddress,
  budgetAddress,
  contentHash,
  nodeAddress,
  sha256Hex,
  threadAddress,
  type ActorKind,
  type Choice,
  type EventOf,
  type Place,
  type Policy,
  type StatementRef,
} from '../../events/index.ts';
import type { MemoryLogs, Said } from './memoryLogs.ts';
import { later, storyRole, takeTurn, type Statement, type Story } from './storyTurn.ts';

export { storyModel } from './storyTurn.ts';
export type { Story } from './storyTurn.ts';

type Thread = EventOf<'thread'>;
type Proposal = Extract<Thread, { type: 'thread.proposal.made' }>;

export const storyNode = nodeAddress('node-1');
const hash = sha256Hex('something');
const blob = { hash, bytes: 100 };
const policy: Policy = {
  rule: 'majority',
  thresholdPct: 50,
  quorumPct: 50,
  minParticipants: 1,
  vetoRoles: [],
  weights: {},
  blockingSeverity: 'high',
  discussionRounds: 1,
  escalationMs: 60_000,
  onSilence: 'changes_requested',
};

/** Tells a whole review as a node would record it: in the logs of thread, agents, budget and node. */
export function tellReview(logs: MemoryLogs, story: Story): void {
  const { project, task, ending = 'agreed' } = story;
  const thread = threadAddress(project, task);
  const agents = story.agents.map((name) => agentAddress(name, storyRole, project));
  const say = (...facts: (Thread | Said<Thread>)[]): void => void logs.append(thread, ...facts);

  enlist(logs, story);
  open(logs, thread, agents, story);
  const findings = agents.flatMap((agent) => review(logs, thread, agent, story));
  const proposals = findings.map((ref, index) => proposalFrom(ref, index));
  say(...proposals);
  if (proposals.length > 0) ballot(logs, thread, agents, proposals, story);
  if (ending !== 'agreed') escalate(say, ending);
  if (ending === 'escalated') return;
  const verdict = ending === 'resolved' ? 'approved' : 'changes_requested';
  const decision = proposals.length + 1;
  say(
    { type: 'thread.verdict.reached', decision, verdict, blocking: [] },
    { type: 'thread.closed', by: task },
  );
}

function enlist(logs: MemoryLogs, { project, agents }: Story): void {
  const budget = budgetAddress(project);
  const register = (kind: ActorKind, actor: string): void => {
    const log = logs.keyOf(actor);
    logs.append(storyNode, { type: 'node.log.registered', actor, kind, log });
  };
  if (!logs.has(storyNode)) {
    logs.append(storyNode, { type: 'node.started', name: 'node-1', version: '1.0.0', blobs: hash });
  }
  if (!logs.has(budget)) {
    register('budget', budget);
    const limit = { type: 'budget.limit.set', limitMicroUsd: 5_000_000, by: 'owner' } as const;
    const opened = { type: 'budget.opened', project } as const;
    logs.append(
      budget,
      opened,
      { ...limit, scope: 'day' },
      { ...limit, scope: `project:${project}` },
    );
  }
  for (const name of agents) {
    const actor = agentAddress(name, storyRole, project);
    if (logs.has(actor)) continue;
    register('agent', actor);
    const role = { role: storyRole, roleHash: hash, capabilities: ['review'] };
    logs.append(actor, { type: 'agent.registered', name, project, ...role, tier: 'economy' });
  }
}

function open(
  logs: MemoryLogs,
  thread: string,
  agents: readonly string[],
  { project, task }: Story,
): void {
  const log = logs.keyOf(thread);
  logs.append(storyNode, { type: 'node.log.registered', actor: thread, kind: 'thread', log });
  const participants = agents.map((agent) => ({ agent, role: storyRole, log: logs.keyOf(agent) }));
  const files = [{ path: 'src/a.ts', ranges: [[1, 1000] as [number, number]] }];
  const change = { hash, blob, files };
  logs.append(
    thread,
    { type: 'thread.opened', project, task },
    { type: 'thread.review.opened', change, participants, policy, deadlineAt: later },
  );
}

/** One agent states its findings; they are entered in the thread. */
function review(logs: MemoryLogs, thread: string, agent: string, story: Story): StatementRef[] {
  const turn = `review/0/${story.task}`;
  const facts = { kind: 'bug', severity: 'high', confidencePct: 90 } as const;
  const count = story.findingsEach;
  const indexes = Array.from({ length: count }, (_, index) => index);
  const stated = indexes.map((index): Statement => ({
    event: { type: 'agent.finding.stated', thread, turn, index, place: placeOf(index), ...facts },
    text: `${agent} finds ${index}`,
  }));
  const summary = {
    type: 'agent.review.stated',
    thread,
    turn,
    findings: count,
    dropped: 0,
  } as const;
  const said = { event: summary, text: `${agent} sums up` };
  const refs = takeTurn(logs, agent, { thread, turn, kind: 'review', round: 0 }, story, [
    ...stated,
    said,
  ]);
  for (const [index, ref] of refs.slice(0, count).entries())
    logs.append(thread, {
      type: 'thread.finding.entered',
      agent,
      ref,
      place: placeOf(index),
      ...facts,
    });
  for (const ref of refs.slice(count))
    logs.append(thread, { type: 'thread.review.entered', agent, ref, findings: count });
  return refs.slice(0, count);
}

/** All agents vote on all proposals; each proposal is decided. */
function ballot(
  logs: MemoryLogs,
  thread: string,
  agents: readonly string[],
  proposals: readonly Proposal[],
  story: Story,
): void {
  const round = 1;
  const turn = `vote/${round}/${story.task}`;
  const votes = proposals.map((): { agent: string; choice: Choice; statement: string }[] => []);
  const opened = proposals.map(({ proposal, hash: bound }) => ({ proposal, hash: bound }));
  logs.append(thread, { type: 'thread.vote.opened', round, proposals: opened });
  for (const [nth, agent] of agents.entries()) {
    const facts = proposals.map(({ proposal, hash: bound, place }, index) => {
      const choice = story.vote?.(nth, index) ?? 'approve';
      return { round, proposal, hash: bound, choice, confidencePct: 80, evidence: [place] };
    });
    const stated = facts.map((vote): Statement => ({
      event: { type: 'agent.vote.stated', thread, turn, ...vote },
      text: `${agent} on ${vote.proposal}`,
    }));
    const refs = takeTurn(logs, agent, { thread, turn, kind: 'vote', round }, story, stated);
    for (const [index, ref] of refs.entries()) {
      const vote = facts[index];
      if (!vote) continue;
      logs.append(thread, { type: 'thread.vote.cast', agent, ref, ...vote });
      votes[index]?.push({ agent, choice: vote.choice, statement: ref.hash });
    }
    logs.append(thread, { type: 'thread.turn.ended', agent, turn: 'vote', round });
  }
  for (const [index, { proposal, hash: bound }] of proposals.entries()) {
    const cast = votes[index] ?? [];
    const counted = (choice: Choice): number =>
      cast.filter((vote) => vote.choice === choice).length;
    const approve = counted('approve');
    const reject = counted('reject');
    const weights = { approveWeight: approve, rejectWeight: reject };
    logs.append(thread, {
      type: 'thread.consensus.reached',
      decision: index + 1,
      round,
      proposal,
      hash: bound,
      outcome: approve > reject ? 'accepted' : 'rejected',
      tally: { approve, reject, abstain: counted('abstain'), ...weights },
      votes: cast,
    });
  }
}

function escalate(say: (...facts: (Thread | Said<Thread>)[]) => void, ending: string): void {
  say({
    type: 'thread.escalated',
    escalation: 1,
    reason: 'undecided',
    proposals: ['p1'],
    deadlineAt: later,
    onSilence: 'changes_requested',
  });
  if (ending === 'resolved') {
    const verdict = 'approved' as const;
    const event = {
      type: 'thread.escalation.resolved',
      escalation: 1,
      verdict,
      by: 'anna',
    } as const;
    say({ event, text: 'Anna explains' });
  }
  if (ending === 'defaulted') {
    say(
      { type: 'thread.deadline.passed', deadline: 'escalation', at: later },
      { type: 'thread.escalation.defaulted', escalation: 1, verdict: 'changes_requested' },
    );
  }
}

function proposalFrom(source: StatementRef, index: number): Proposal {
  const facts = {
    place: placeOf(index),
    kind: 'bug',
    severity: 'high',
    sources: [source],
  } as const;
  const proposal = `p${index + 1}`;
  return {
    type: 'thread.proposal.made',
    proposal,
    hash: contentHash(facts),
    ...facts,
    sources: [source],
  };
}

function placeOf(index: number): Place {
  return { path: 'src/a.ts', line: index + 1, endLine: index + 2 };
}
