import { agent, type AgentCommand, type Fact } from '../../actors/index.ts';
import {
  agentAddress,
  sha256Hex,
  threadAddress,
  type EventOf,
  type ThreadTurn,
} from '../../events/index.ts';
import { specify, type Command } from '../support/specify.ts';
import type { World } from './world.ts';

/** The life of an agent, as commands. */

const actor = specify(agent);
export const { handle, play, given } = actor;

export type Line = Command<AgentCommand>;
type AgentState = typeof actor.initial;

const thread = threadAddress('chorus', 'pr-42');
export const ann = agentAddress('ann', 'reviewer', 'chorus');
const hash = sha256Hex('a text');
const blob = { hash, bytes: 10 };
const place = { path: 'src/cap.ts', line: 3, endLine: 5 };

export function register(roleHash = hash) {
  return {
    type: 'register',
    name: 'ann',
    project: 'chorus',
    role: 'reviewer',
    roleHash,
    capabilities: ['review'],
    tier: 'standard',
  } as const satisfies Line;
}

export function startTurn(turn: string, kind: ThreadTurn = 'review') {
  return { type: 'startTurn', turn, thread, kind, round: 0 } as const satisfies Line;
}

export function startCall(turn: string, attempt = 1, call = `${turn}/call-${attempt}`) {
  return {
    type: 'startCall',
    turn,
    call,
    attempt,
    provider: 'local',
    model: 'small',
    choice: 'tier',
    requestHash: hash,
    request: blob,
    promptTokensBound: 100,
    maxTokens: 100,
    hold: call,
  } as const satisfies Line;
}

export function completeCall(turn: string, attempt = 1, call = `${turn}/call-${attempt}`) {
  return {
    type: 'completeCall',
    turn,
    call,
    model: 'small',
    finishReason: 'stop',
    usage: null,
    serviceTier: null,
    latencyMs: 5,
    answer: blob,
  } as const satisfies Line;
}

export function failCall(turn: string, attempt = 1, call = `${turn}/call-${attempt}`) {
  return {
    type: 'failCall',
    turn,
    call,
    reason: 'MODEL_UNAVAILABLE',
    status: 503,
    billable: false,
    retryAfterMs: null,
  } as const satisfies Line;
}

/** What an agent says in a turn, by the kind of turn in which it may say it. */
export const words: Record<ThreadTurn, (turn: string) => Fact<EventOf<'agent'>>[]> = {
  review: (turn: string) => [
    {
      event: {
        type: 'agent.finding.stated',
        thread,
        turn,
        index: 0,
        place,
        kind: 'bug',
        severity: 'high',
        confidencePct: 90,
      },
      body: { subject: thread, text: 'The cap leaks.' },
    },
    { event: { type: 'agent.review.stated', thread, turn, findings: 1, dropped: 0 } },
  ],
  vote: (turn: string) => [
    {
      event: {
        type: 'agent.vote.stated',
        thread,
        turn,
        round: 1,
        proposal: 'p1',
        hash,
        choice: 'approve',
        confidencePct: 80,
        evidence: [place],
      },
    },
  ],
  discuss: (turn: string) => [
    { event: { type: 'agent.message.stated', thread, turn, proposal: null } },
    { event: { type: 'agent.objection.stated', thread, turn, proposal: 'p1' } },
  ],
};

export function conclude(turn: string, kind: ThreadTurn = 'review'): Line {
  return { type: 'conclude', turn, statements: words[kind](turn) };
}

export function failTurn(turn: string) {
  return { type: 'failTurn', turn, reason: 'MODEL_UNAVAILABLE' } as const satisfies Line;
}

export const remember: Line = {
  type: 'remember',
  thread,
  topic: 'style',
  agent: ann,
  text: 'They like short functions.',
};
export const suspend: Line = { type: 'suspend', by: 'dana' };
export const resume: Line = { type: 'resume', by: 'dana' };
export const retire: Line = { type: 'retire', by: 'dana' };

/** One agent with two turns that may overlap, and everything that can be asked of it at any time. */
export const agentWorld: World<AgentState, EventOf<'agent'>, Line> = {
  ...actor,
  linesIn: ({ context }) => [
    register(),
    register(sha256Hex('a revised role')),
    ...(['review', 'vote'] as const).flatMap((turn) => [
      startTurn(turn, turn),
      ...[1, 2].flatMap((attempt) => [
        startCall(turn, attempt),
        completeCall(turn, attempt),
        failCall(turn, attempt),
      ]),
      conclude(turn, turn),
      failTurn(turn),
    ]),
    // Notes are counted, and there is no end of numbers.
    ...(context.notes === 0 ? [remember] : []),
    suspend,
    resume,
    retire,
  ],
};
