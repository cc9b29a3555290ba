import { assign, setup } from 'xstate';
import type { EventOf } from '../../events/index.ts';
import { sameJson } from '../equal.ts';
import { emptyThread, openProposals, turnKey, type ThreadContext } from './context.ts';
import { mayStartFork, startFork } from './fork.ts';
import {
  awaited,
  ballotOf,
  deadlockOf,
  enoughReviews,
  fromOwnLog,
  hasEnded,
  mayDiscuss,
  mayEnterFinding,
  mayEnterReview,
  mayOpenReview,
  mayPropose,
  mayReachConsensus,
  maySpeak,
  outOfMoney,
  reviewsDone,
  settledItems,
  verdictOf,
  voteProblem,
} from './law.ts';
import { mergeFindings } from './merge.ts';

const { createMachine, createAction } = setup({
  types: { context: {} as ThreadContext, events: {} as EventOf<'thread'> },
});

const keepNothing = createAction(assign({}));
/** Nobody speaks in a thread that does not exist yet, or no more. */
const silent = { 'thread.message.posted': {} };

/**
 * Folds facts into the state of a thread, and refuses unlawful ones: `snapshot.can(fact)` is the last gate
 * before an append and the auditor's question afterwards. Runs no effects.
 */
export const threadMachine = createMachine({
  id: 'thread',
  context: emptyThread,
  initial: 'new',
  states: {
    new: {
      on: {
        ...silent,
        'thread.opened': {
          target: 'open',
          actions: assign(({ event }) => ({ project: event.project, task: event.task })),
        },
        'thread.forked': {
          target: 'open',
          actions: assign(({ event: { project, task, origin, subject, model } }) => ({
            project,
            task,
            fork: { origin, subject, model, round: 0 },
          })),
        },
      },
    },
    open: {
      on: {
        'thread.review.opened': {
          guard: ({ event }) => mayOpenReview(event),
          target: 'reviewing',
          actions: assign(({ event: { type: _type, ...review } }) => ({ review })),
        },
        'thread.closed': 'closed',
      },
    },
    reviewing: {
      on: {
        'thread.finding.entered': {
          guard: ({ context, event }) => mayEnterFinding(context, event),
          actions: assign(
            ({ context, event: { type: _type, confidencePct: _pct, ...finding } }) => ({
              findings: [...context.findings, finding],
            }),
          ),
        },
        'thread.review.entered': {
          guard: ({ context, event }) => mayEnterReview(context, event),
          actions: assign(({ context, event }) => ({ entered: [...context.entered, event.agent] })),
        },
        'thread.proposal.made': {
          guard: ({ context, event }) => mayPropose(context, event),
          actions: assign(({ context, event: { type: _type, ...proposal } }) => ({
            proposals: [...context.proposals, { ...proposal, outcome: 'open' as const }],
          })),
        },
        'thread.vote.opened': {
          guard: ({ context, event }) =>
            reviewsDone(context) &&
            enoughReviews(context) &&
            event.round === 1 &&
            context.proposals.length === mergeFindings(context).length &&
            sameJson(event.proposals, ballotOf(context)),
          target: 'deliberating',
          actions: assign({ round: 1 }),
        },
      },
    },
    deliberating: {
      initial: 'voting',
      states: {
        voting: {
          on: {
            'thread.vote.cast': {
              guard: ({ context, event }) => voteProblem(context, event) === null,
              actions: assign(({ context, event }) => ({
                votes: [
                  ...context.votes,
                  {
                    round: event.round,
                    proposal: event.proposal,
                    agent: event.agent,
                    choice: event.choice,
                    statement: event.ref.hash,
                  },
                ],
              })),
            },
            'thread.turn.ended': {
              guard: ({ context, event }) => mayEndTurn(context, event, 'vote'),
              actions: assign(endTurn),
            },
            'thread.consensus.reached': {
              guard: ({ context, event }) => mayReachConsensus(context, event),
              actions: assign(({ context, event }) => ({
                decisions: event.decision,
                proposals: context.proposals.map((item) =>
                  item.proposal === event.proposal ? { ...item, outcome: event.outcome } : item,
                ),
              })),
            },
            'thread.discussion.opened': {
              guard: ({ context, event }) =>
                awaited(context, 'vote').length === 0 &&
                mayDiscuss(context) &&
                settledItems(context).length === 0 &&
                event.round === context.round &&
                sameJson(event.proposals, openIds(context)),
              target: 'discussing',
            },
          },
        },
        discussing: {
          on: {
            'thread.objection.raised': {
              guard: ({ context, event }) =>
                fromOwnLog(context, event) &&
                awaited(context, 'discuss').includes(event.agent) &&
                openIds(context).includes(event.proposal),
              actions: keepNothing,
            },
            'thread.turn.ended': {
              guard: ({ context, event }) => mayEndTurn(context, event, 'discuss'),
              actions: assign(endTurn),
            },
            'thread.vote.opened': {
              guard: ({ context, event }) =>
                awaited(context, 'discuss').length === 0 &&
                event.round === context.round + 1 &&
                sameJson(event.proposals, ballotOf(context)),
              target: 'voting',
              actions: assign(({ event }) => ({ round: event.round })),
            },
          },
        },
      },
    },
    escalated: {
      on: {
        'thread.escalation.resolved': {
          guard: ({ context, event }) => answers(context, event.escalation),
          actions: assign(answer),
        },
        'thread.escalation.lifted': [
          {
            guard: ({ context, event }) => mayLift(context, event) && context.round === 0,
            target: 'reviewing',
            actions: assign(lift),
          },
          {
            guard: ({ context, event }) => mayLift(context, event),
            // An interrupted discussion is opened again; who has spoken in it has.
            target: 'deliberating',
            actions: assign(lift),
          },
        ],
        'thread.escalation.defaulted': {
          guard: ({ context, event }) =>
            answers(context, event.escalation) &&
            context.passed.includes('escalation') &&
            event.verdict === context.escalation?.onSilence,
          actions: assign(answer),
        },
      },
    },
    agreed: { on: { 'thread.closed': 'closed' } },
    closed: { type: 'final', on: silent },
  },
  on: {
    'thread.message.posted': {
      guard: ({ context, event }) => !context.review || fromOwnLog(context, event),
      actions: keepNothing,
    },
    'thread.fork.started': {
      guard: ({ context, event }) => mayStartFork(context, event),
      actions: assign(startFork),
    },
    'thread.participant.failed': {
      guard: ({ context, event }) => undecided(context) && maySpeak(context, event.agent),
      actions: assign(({ context, event }) => ({
        failed: { ...context.failed, [event.agent]: event.reason },
      })),
    },
    'thread.deadline.passed': {
      guard: ({ context, event }) =>
        context.verdict === null &&
        !context.passed.includes(event.deadline) &&
        event.at >= (deadlineOf(context, event.deadline) ?? '~'),
      actions: assign(({ context, event }) => ({ passed: [...context.passed, event.deadline] })),
    },
    'thread.escalated': {
      guard: ({ context, event }) =>
        undecided(context) &&
        event.reason === deadlockOf(context) &&
        event.escalation === context.escalations + 1 &&
        event.onSilence === context.review?.policy.onSilence &&
        sameJson(event.proposals, openIds(context)),
      target: '.escalated',
      actions: assign(({ event: { type: _type, ...escalation } }) => ({
        escalations: escalation.escalation,
        escalation: { ...escalation, verdict: null },
      })),
    },
    'thread.verdict.reached': {
      guard: ({ context, event }) =>
        context.verdict === null && sameJson(event, verdictOf(context)),
      target: '.agreed',
      actions: assign(({ event }) => ({ verdict: event.verdict, decisions: event.decision })),
    },
  },
});

type Fact<Type extends string> = Extract<EventOf<'thread'>, { type: Type }>;

function mayEndTurn(
  context: ThreadContext,
  event: Fact<'thread.turn.ended'>,
  turn: 'vote' | 'discuss',
): boolean {
  return (
    event.turn === turn &&
    event.round === context.round &&
    maySpeak(context, event.agent) &&
    !hasEnded(context, turn, event.agent)
  );
}

function endTurn({
  context,
  event,
}: {
  context: ThreadContext;
  event: Fact<'thread.turn.ended'>;
}): Partial<ThreadContext> {
  return { ended: [...context.ended, turnKey(event.turn, event.round, event.agent)] };
}

function answers(context: ThreadContext, escalation: number): boolean {
  return context.escalation?.verdict === null && context.escalation.escalation === escalation;
}

function answer({
  context,
  event,
}: {
  context: ThreadContext;
  event: Fact<'thread.escalation.resolved' | 'thread.escalation.defaulted'>;
}): Partial<ThreadContext> {
  const { escalation } = context;
  return { escalation: escalation && { ...escalation, verdict: event.verdict } };
}

/** Only where money had run out: raising a cap mends nothing else. */
function mayLift(context: ThreadContext, event: Fact<'thread.escalation.lifted'>): boolean {
  return (
    answers(context, event.escalation) &&
    event.agents.length > 0 &&
    event.round === context.round &&
    sameJson(event.agents, outOfMoney(context))
  );
}

// Who had dropped out for want of money is asked again.
function lift({
  context,
  event,
}: {
  context: ThreadContext;
  event: Fact<'thread.escalation.lifted'>;
}): Partial<ThreadContext> {
  const { review, failed } = context;
  const others = Object.entries(failed).filter(([agent]) => !event.agents.includes(agent));
  return {
    escalation: null,
    failed: Object.fromEntries(others),
    passed: [],
    review: review && { ...review, deadlineAt: event.deadlineAt },
    lifts: (context.lifts ?? 0) + 1,
  };
}

/** A review is under way and no person has been asked yet. */
function undecided(context: ThreadContext): boolean {
  return context.review !== null && context.verdict === null && context.escalation === null;
}

function openIds(context: ThreadContext): string[] {
  return openProposals(context).map(({ proposal }) => proposal);
}

function deadlineOf(context: ThreadContext, deadline: 'review' | 'escalation'): string | undefined {
  return deadline === 'review' ? context.review?.deadlineAt : context.escalation?.deadlineAt;
}
