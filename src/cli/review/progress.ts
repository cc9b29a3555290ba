import { parseAddress, type Recorded } from '../../../events/index.ts';
import { count, dollars } from '../../shared/text/index.ts';

/** What a person who waits wants to know of an event; null for what would only be noise. */
export function progressOf({ meta, event }: Recorded): string | null {
  const who = parseAddress(meta.actor).agent;
  switch (event.type) {
    case 'thread.review.opened':
      return `blind review by ${event.participants.map(({ role }) => role).join(', ')}`;
    case 'agent.turn.started':
      return `${who} ${doing[event.kind]}`;
    case 'agent.call.failed':
      return `${who}: the model call failed (${event.reason})`;
    case 'thread.review.entered': {
      const { agent } = parseAddress(event.agent);
      return `${agent} has ${count(event.findings, 'finding')}`;
    }
    case 'thread.participant.failed':
      return `${parseAddress(event.agent).agent} drops out (${event.reason})`;
    case 'thread.vote.opened':
      return `blind vote on ${count(event.proposals.length, 'proposal')}, round ${event.round}`;
    case 'thread.consensus.reached': {
      const { approve, reject, abstain } = event.tally;
      const votes = `${approve} for, ${reject} against, ${abstain} abstained`;
      return `${event.proposal} is ${event.outcome} (${votes})`;
    }
    case 'thread.discussion.opened':
      return `undecided: ${event.proposals.join(', ')}; one round of discussion`;
    case 'thread.escalated':
      return `escalated to a person (${event.reason})`;
    case 'thread.escalation.lifted':
      return `${event.by} raises a cap; going on`;
    case 'thread.verdict.reached':
      return `decided: ${event.verdict.replace('_', ' ')}`;
    case 'budget.refused':
      return `the budget refuses a call (${event.refusal})`;
    case 'budget.settled': {
      const { amountMicroUsd, reportedMicroUsd } = event;
      return reportedMicroUsd > amountMicroUsd
        ? `a provider reported ${dollars(reportedMicroUsd)} for a call; the caps had room for ${dollars(amountMicroUsd)}`
        : null;
    }
    case 'budget.alert.raised':
      return `${event.thresholdPct} % of the budget of ${event.scope} is spent`;
    default:
      return null;
  }
}

const doing = {
  review: 'reads the change',
  vote: 'votes',
  discuss: 'answers the others',
  summarise: 'sums up',
} as const;
