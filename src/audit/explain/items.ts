import { countVotes, outcomeOf } from '../../../actors/index.ts';
import { canonicalJson, severityOrder } from '../../../events/index.ts';
import type { Item } from './explanation.ts';
import type { Statements } from './statements.ts';
import { isOf, type Tale, type Told } from './tale.ts';

/** The proposals that a decision is about: its own, or for a verdict all there were. */
export async function itemsOf(tale: Tale, statements: Statements): Promise<Item[]> {
  const { event } = tale.decided;
  const items: Item[] = [];
  for (const made of tale.events.filter(isOf('thread.proposal.made'))) {
    const isMeant =
      event.type === 'thread.verdict.reached' || event.proposal === made.event.proposal;
    if (isMeant) items.push(await itemOf(tale, made, statements));
  }
  return items;
}

export function weightOf({ policy }: Tale, role: string): number {
  return Object.hasOwn(policy.weights, role) ? (policy.weights[role] ?? 1) : 1;
}

async function itemOf(
  tale: Tale,
  made: Told<'thread.proposal.made'>,
  statements: Statements,
): Promise<Item> {
  const { policy, participants } = tale;
  const { proposal, hash, kind, severity, place } = made.event;
  const consensus = tale.events
    .filter(isOf('thread.consensus.reached'))
    .find(({ event }) => event.proposal === proposal);
  const cast = tale.events
    .filter(isOf('thread.vote.cast'))
    .filter(({ event, seq }) => event.proposal === proposal && seq < (consensus?.seq ?? Infinity));
  const round = consensus?.event.round ?? Math.max(0, ...cast.map(({ event }) => event.round));
  const last = cast.filter(({ event }) => event.round === round);
  const positions = last.map(({ event: { agent, choice } }) => ({ agent, choice }));
  const counted = countVotes(policy, participants, positions);
  const decided = outcomeOf(policy, participants, positions);
  const outcome = consensus?.event.outcome ?? 'undecided';
  const voted = counted.approve + counted.reject + counted.abstain;
  const floor = severityOrder.indexOf(policy.blockingSeverity);
  return {
    proposal,
    hash,
    kind,
    severity,
    place,
    seq: made.seq,
    at: made.at,
    outcome,
    decision: consensus?.event.decision ?? null,
    decidedSeq: consensus?.seq ?? null,
    decidedAt: consensus?.at ?? null,
    blocks: outcome === 'accepted' && severityOrder.indexOf(severity) >= floor,
    round,
    tally: {
      recorded: consensus?.event.tally ?? null,
      counted,
      outcome: decided,
      same:
        decided === outcome &&
        (!consensus || canonicalJson(consensus.event.tally) === canonicalJson(counted)),
    },
    quorum: {
      neededPct: policy.quorumPct,
      voted,
      participants: participants.length,
      reached: voted * 100 >= policy.quorumPct * participants.length,
    },
    votes: await votesOf(tale, last, consensus, statements),
    objections: await objectionsOf(tale, proposal, statements),
    sources: await sourcesOf(tale, made, statements),
  };
}

async function votesOf(
  tale: Tale,
  cast: readonly Told<'thread.vote.cast'>[],
  consensus: Told<'thread.consensus.reached'> | undefined,
  statements: Statements,
): Promise<Item['votes']> {
  const named = new Set(consensus?.event.votes.map(({ statement }) => statement));
  const against = { accepted: 'reject', rejected: 'approve' } as const;
  const votes: Item['votes'] = [];
  for (const { event, seq, at } of cast) {
    const { agent, choice, confidencePct, round, evidence } = event;
    const same = ['round', 'proposal', 'hash', 'choice', 'confidencePct', 'evidence'];
    const { statement, texts, said } = await statements.follow(event, same);
    const isVote = said?.type === 'agent.vote.stated';
    const role = tale.participants.find((each) => each.agent === agent)?.role ?? '';
    votes.push({
      agent,
      role,
      choice,
      confidencePct,
      round,
      seq,
      at,
      evidence,
      weight: weightOf(tale, role),
      counted: named.has(event.ref.hash),
      dissents: consensus !== undefined && choice === against[consensus.event.outcome],
      rationale: texts['rationale'] ?? null,
      statement: isVote ? statement : notSaid(statement, 'a vote'),
    });
  }
  return votes;
}

async function objectionsOf(
  { events }: Tale,
  proposal: string,
  statements: Statements,
): Promise<Item['objections']> {
  const objections: Item['objections'] = [];
  for (const { event, seq, at } of events.filter(isOf('thread.objection.raised'))) {
    if (event.proposal !== proposal) continue;
    const { statement, texts, said } = await statements.follow(event, ['proposal']);
    objections.push({
      agent: event.agent,
      seq,
      at,
      text: texts['text'] ?? null,
      statement:
        said?.type === 'agent.objection.stated' ? statement : notSaid(statement, 'an objection'),
    });
  }
  return objections;
}

async function sourcesOf(
  { events }: Tale,
  { event: { sources } }: Told<'thread.proposal.made'>,
  statements: Statements,
): Promise<Item['sources']> {
  const hashes = new Set(sources.map(({ hash }) => hash));
  const found: Item['sources'] = [];
  for (const { event } of events.filter(isOf('thread.finding.entered'))) {
    if (!hashes.has(event.ref.hash)) continue;
    const { agent, kind, severity, confidencePct, place } = event;
    const same = ['kind', 'severity', 'confidencePct', 'place'];
    const { statement, texts, said } = await statements.follow(event, same);
    found.push({
      agent,
      kind,
      severity,
      confidencePct,
      place,
      title: texts['title'] ?? null,
      detail: texts['detail'] ?? null,
      suggestion: texts['suggestion'] ?? null,
      statement:
        said?.type === 'agent.finding.stated' ? statement : notSaid(statement, 'a finding'),
    });
  }
  return found;
}

function notSaid(statement: Item['votes'][number]['statement'], what: string) {
  const why = statement.why ?? `event ${statement.seq} of the agent is not ${what}`;
  return { ...statement, verified: false, why };
}
