import { parseAddress, type ThreadEvent } from '../../events/index.ts';
import type { Story } from './story.ts';
import { count, dollars, linesOf, visible, wrap } from '../shared/text/index.ts';

type Entry = Story['entries'][number];

/** The discussion as a person follows it: time, who, what, and the words under it. */
export function renderStory(story: Story, columns: number): string {
  const { thread, cost } = story;
  const head = [
    thread.address,
    `${thread.state}${thread.verdict ? `: ${thread.verdict.replace('_', ' ')}` : ''}` +
      `, opened ${thread.openedAt}, spent ${dollars(cost.spentMicroUsd)}`,
    '',
  ];
  const lines = story.entries.flatMap((entry) => entryLines(entry, columns));
  return `${[...head, ...lines].join('\n')}\n`;
}

function entryLines(entry: Entry, columns: number): string[] {
  const who = entry.agent ? parseAddress(entry.agent).agent : '';
  const head = `${entry.at.slice(11, 19)}  ${who.padEnd(14)}  ${visible(saying(entry.event))}`;
  const words = entry.unreadable ? [unreadable(entry)] : texts(entry);
  const indent = ' '.repeat(26);
  const lines = words.flatMap(linesOf).flatMap((line) => wrap(line, columns - indent.length));
  return [head, ...lines.map((line) => indent + line)];
}

function unreadable({ erased }: Entry): string {
  if (!erased) return '(the key of the text is not here)';
  return `(erased by ${visible(erased.by)} at ${erased.at}: ${visible(erased.reason)})`;
}

function texts({ texts: { title, detail, suggestion, ...rest } }: Entry): string[] {
  const instead = suggestion && `Instead: ${suggestion}`;
  return [title, detail, instead, ...Object.values(rest)].flatMap((text) => text || []);
}

function saying(event: ThreadEvent): string {
  switch (event.type) {
    case 'thread.opened':
      return 'the thread is opened';
    case 'thread.forked': {
      const { origin, by, model } = event;
      const withModel = model === null ? '' : `, model ${model}`;
      return `forked from ${origin.thread} after event ${origin.length - 1} by ${by}${withModel}`;
    }
    case 'thread.fork.started':
      return `---- from here on it goes its own way, until ${event.deadlineAt} ----`;
    case 'thread.review.opened':
      return `a review of ${count(event.change.files.length, 'file')} is opened, until ${event.deadlineAt}`;
    case 'thread.finding.entered': {
      const { path, line } = event.place;
      return `finds ${event.kind} (${event.severity}, ${event.confidencePct} %) at ${path}:${line}`;
    }
    case 'thread.review.entered':
      return `ends its review with ${count(event.findings, 'finding')}`;
    case 'thread.participant.failed':
      return `${parseAddress(event.agent).agent} drops out: ${event.reason}`;
    case 'thread.proposal.made': {
      const { path, line } = event.place;
      return `${event.proposal} is proposed: ${event.kind} (${event.severity}) at ${path}:${line}`;
    }
    case 'thread.vote.opened':
      return `vote ${event.round} is opened on ${count(event.proposals.length, 'proposal')}`;
    case 'thread.vote.cast':
      return `votes to ${event.choice} ${event.proposal} (${event.confidencePct} %)`;
    case 'thread.consensus.reached': {
      const { approve, reject, abstain } = event.tally;
      const tally = `${approve} for, ${reject} against, ${abstain} abstained`;
      return `decision ${event.decision}: ${event.proposal} is ${event.outcome} (${tally})`;
    }
    case 'thread.discussion.opened':
      return `undecided: ${event.proposals.join(', ')}; the agents discuss`;
    case 'thread.message.posted':
      return event.proposal ? `on ${event.proposal}` : 'says';
    case 'thread.objection.raised':
      return `objects to ${event.proposal}`;
    case 'thread.turn.ended':
      return `ends its turn to ${event.turn}`;
    case 'thread.deadline.passed':
      return `the ${event.deadline} deadline has passed`;
    case 'thread.escalated': {
      const what = event.proposals.length > 0 ? ` on ${event.proposals.join(', ')}` : '';
      return `escalation ${event.escalation}${what}: ${event.reason}; until ${event.deadlineAt}`;
    }
    case 'thread.escalation.resolved':
      return `${event.by} decides: ${event.verdict.replace('_', ' ')}`;
    case 'thread.escalation.lifted':
      return `${event.by} raises ${event.scope} to ${dollars(event.limitMicroUsd)}; the agents go on`;
    case 'thread.escalation.defaulted':
      return `nobody answered: ${event.verdict.replace('_', ' ')}`;
    case 'thread.verdict.reached':
      return `decision ${event.decision}: ${event.verdict.replace('_', ' ')}`;
    case 'thread.closed':
      return `closed by ${event.by}`;
  }
}
