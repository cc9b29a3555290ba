import {
  agentAddress,
  sha256Hex,
  threadAddress,
  type Choice,
  type EventOf,
  type Policy,
  type StatementRef,
} from '../../../events/index.ts';
import { thread, type EnteredFinding, type ThreadCommand } from '../../../actors/index.ts';
import { specify, startMs, type Command } from '../../support/specify.ts';

/** A review of pr-42 and the words of those who take part, as commands. */

export const { initial, replay, handle, play, given } = specify(thread);

export type Line = Command<ThreadCommand>;
type Log = readonly EventOf<'thread'>[];

const hourMs = 3_600_000;
export const at = threadAddress('chorus', 'pr-42');
export const ann = agentAddress('ann', 'reviewer', 'chorus');
export const bob = agentAddress('bob', 'reviewer', 'chorus');
export const cid = agentAddress('cid', 'security', 'chorus');
export const logOf = (agent: string): string => sha256Hex(agent);

export const deadlineAt = new Date(startMs + hourMs).toISOString();
export const policy: Policy = {
  rule: 'majority',
  thresholdPct: 67,
  quorumPct: 60,
  minParticipants: 2,
  vetoRoles: [],
  weights: {},
  blockingSeverity: 'medium',
  discussionRounds: 1,
  escalationMs: 24 * hourMs,
  onSilence: 'changes_requested',
};
export const place = { path: 'src/cap.ts', line: 3, endLine: 5 };
const change = {
  hash: sha256Hex('the diff'),
  blob: { hash: sha256Hex('the diff, sealed'), bytes: 100 },
  files: [
    {
      path: 'src/cap.ts',
      ranges: [
        [1, 10],
        [40, 50],
      ] as [number, number][],
    },
    { path: 'src/log.ts', ranges: [[1, 20]] as [number, number][] },
  ],
};

/** Where an agent said something; other words are another statement. */
export function statement(agent: string, words: string): StatementRef {
  return { log: logOf(agent), seq: 0, hash: sha256Hex(`${agent}: ${words}`) };
}

export const open: Line = { type: 'open', project: 'chorus', task: 'pr-42' };
export const proceed: Line = { type: 'proceed' };
export const close: Line = { type: 'close', by: 'operator' };

export function openReview(agents: readonly string[] = [ann, bob], rules: Partial<Policy> = {}) {
  const participants = agents.map((agent) => ({
    agent,
    role: agent === cid ? 'security' : 'reviewer',
    log: logOf(agent),
  }));
  return {
    type: 'openReview',
    change,
    participants,
    policy: { ...policy, ...rules },
    deadlineAt,
  } as const satisfies Line;
}

export function finding(agent: string, said: Partial<EnteredFinding> = {}): EnteredFinding {
  const facts = { place, kind: 'bug', severity: 'medium', confidencePct: 90, ...said } as const;
  return { agent, ref: statement(agent, JSON.stringify(facts)), ...facts };
}

export function enterReview(agent: string, ...findings: EnteredFinding[]): Line {
  return { type: 'enterReview', agent, ref: statement(agent, 'reviewed'), findings };
}

/** A ballot on the items of a log: one choice each, in order; no choice, no vote. */
export function castBallot(
  items: readonly { proposal: string; hash: string }[],
  agent: string,
  choices: readonly (Choice | null)[],
  round = 1,
) {
  const votes = items.flatMap(({ proposal, hash }, index) => {
    const choice = choices[index];
    if (!choice) return [];
    const ref = statement(agent, `${choice} ${proposal} ${round}`);
    const evidence = choice === 'abstain' ? [] : [place];
    return [{ agent, ref, round, proposal, hash, choice, confidencePct: 80, evidence }];
  });
  return { type: 'castBallot', agent, round, votes } as const satisfies Line;
}

export function enterRemarks(
  agent: string,
  ...remarks: { proposal: string | null; objects: boolean }[]
) {
  const said = remarks.map((remark, index) => ({
    agent,
    ref: statement(agent, `remark ${index}`),
    ...remark,
  }));
  return { type: 'enterRemarks', agent, round: 1, remarks: said } as const satisfies Line;
}

export function drop(agent: string, reason = 'MODEL_UNAVAILABLE'): Line {
  return { type: 'dropParticipant', agent, reason };
}

/** A deadline passes at the moment it is due. */
export function passDeadline(deadline: 'review' | 'escalation'): Line {
  const dueMs = deadline === 'review' ? hourMs : policy.escalationMs;
  return { type: 'passDeadline', deadline, nowMs: startMs + dueMs };
}

export function resolve(verdict: 'approved' | 'changes_requested', note = ''): Line {
  return { type: 'resolveEscalation', escalation: 1, verdict, by: 'dana', note, thread: at };
}

export function lift(escalation = 1): Line {
  const cap = { scope: 'task:pr-42', limitMicroUsd: 2_000_000 };
  return { type: 'liftEscalation', escalation, ...cap, deadlineMs: hourMs, by: 'dana' };
}

/** The items of a log, with the hashes that votes are bound to. */
export function itemsOf(log: Log): { proposal: string; hash: string }[] {
  return log.flatMap((event) => (event.type === 'thread.proposal.made' ? [event] : []));
}

/** What is so once these commands have been handled. */
export function after(...lines: readonly Line[]): ReturnType<typeof given> {
  return given(...play(...lines));
}

/** What the thread waits for once these commands have been handled. */
export function awaits(...lines: readonly Line[]): string[] {
  return thread.due(after(...lines).state).map(({ id }) => id);
}

/** Facts by the last part of their names. */
export function typesOf(log: Log): string[] {
  return log.map(({ type }) => type.replace('thread.', ''));
}

// Stations of a review by ann and bob with one finding, each a list of commands from the start.
export const begun: readonly Line[] = [open, openReview()];
export const reviewed: readonly Line[] = [
  ...begun,
  enterReview(ann, finding(ann)),
  enterReview(bob),
];
export const voting: readonly Line[] = [...reviewed, proceed];
export const items = itemsOf(play(...voting));
export const approved: readonly Line[] = [
  ...voting,
  castBallot(items, ann, ['approve']),
  castBallot(items, bob, ['approve']),
];
const split = (round: number): Line[] => [
  castBallot(items, ann, ['approve'], round),
  castBallot(items, bob, ['reject'], round),
];
export const discussing: readonly Line[] = [...voting, ...split(1), proceed];
export const votingAgain: readonly Line[] = [
  ...discussing,
  enterRemarks(ann),
  enterRemarks(bob),
  proceed,
];
export const escalated: readonly Line[] = [...votingAgain, ...split(2), proceed];
