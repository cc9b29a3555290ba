import { z } from 'zod';
import { Refusal, type AgentEvent, type Recorded, type TurnKind } from '../../events/index.ts';
import type { ModelRequest, Outcome } from '../ports.ts';
import { parseDiff, renderChange } from '../shared/diff/index.ts';
import {
  answerSchemas,
  renderPrompt,
  type PositionText,
  type ProposalText,
} from '../shared/prompt/index.ts';
import type { ReviewDeps } from './deps.ts';
import { answerOf } from './statements.ts';
import { readTexts } from './texts.ts';
import { participantOf, turnId, type ReviewedThread, type TurnWork } from './turnWork.ts';

type Asked = {
  request: ModelRequest;
  /** Why this model. */
  choice: string;
  /** The items asked about. */
  ballot: readonly { proposal: string; hash: string }[];
};

/** What the agent's model is asked in this turn. */
export async function requestFor(
  deps: ReviewDeps,
  thread: string,
  context: ReviewedThread,
  work: TurnWork,
): Promise<Asked> {
  const { role: name } = participantOf(context, work.agent);
  const role = deps.roles.find((candidate) => candidate.name === name);
  if (!role) throw new Refusal('ROLE_UNKNOWN', `no role file for ${name}; name it in roleFiles`);
  const open =
    work.turn === 'review' ? [] : context.proposals.filter(({ outcome }) => outcome === 'open');
  const answer = answerOf[work.turn];
  const messages = renderPrompt({
    answer,
    role,
    change: await changeText(deps, thread, context),
    memory: await notesOf(deps, work.agent, role.memory.notes),
    proposals: await Promise.all(open.map((item) => proposalText(deps, thread, context, item))),
    positions: await positions(deps, thread, context, work, open),
  });
  const { $schema: _dialect, ...schema } = z.toJSONSchema(answerSchemas[answer]);
  return {
    request: {
      model: deps.models[role.tier],
      messages,
      maxTokens: deps.maxTokens[work.turn],
      schema: { name: answer, schema },
    },
    choice: `tier.${role.tier}`,
    ballot: open.map(({ proposal, hash }) => ({ proposal, hash })),
  };
}

async function changeText(
  deps: ReviewDeps,
  thread: string,
  context: ReviewedThread,
): Promise<string> {
  const diff = await deps.vault.openBlob(thread, context.review.change.blob);
  if (diff === null) throw new Refusal('BODY_UNREADABLE', `the change of ${thread} was erased`);
  return renderChange(parseDiff(diff));
}

/** The agent's own notes from earlier reviews, the latest first. */
async function notesOf(deps: ReviewDeps, agent: string, count: number): Promise<string[]> {
  if (count === 0) return [];
  const notes: Recorded<AgentEvent>[] = [];
  for await (const recorded of deps.actors.events('agent', agent)) {
    if (recorded.event.type === 'agent.memory.noted') notes.push(recorded);
  }
  const latest = notes.slice(-count).toReversed();
  const bodies = latest.flatMap(({ body }) => body ?? []);
  const texts = await Promise.all(bodies.map((body) => deps.vault.open(body)));
  return texts.filter((text) => text !== null);
}

type Item = ReviewedThread['proposals'][number];

async function proposalText(
  deps: ReviewDeps,
  thread: string,
  context: ReviewedThread,
  item: Item,
): Promise<ProposalText> {
  const [source] = item.sources;
  const finding = context.findings.find(({ ref }) => ref.hash === source?.hash);
  const said = finding
    ? await concluded(deps, thread, { turn: 'review', round: 0, agent: finding.agent })
    : null;
  const statement = said?.events.find(({ meta }) => meta.seq === source?.seq);
  const { title = '', detail = '' } = await readTexts(deps.vault, statement?.body);
  const { proposal, place, kind, severity } = item;
  return { id: proposal, ...place, kind, severity, title, detail };
}

async function concluded(
  deps: ReviewDeps,
  thread: string,
  turn: { turn: TurnKind; round: number; agent: string },
): Promise<Outcome<'agent'> | null> {
  return deps.actors.outcome('agent', turn.agent, `${turnId(thread, turn)}/conclude`);
}

/**
 * What the others held in the round before, once there is one to speak of. In a first vote nothing is
 * shown: the vote is blind.
 */
async function positions(
  deps: ReviewDeps,
  thread: string,
  context: ReviewedThread,
  work: TurnWork,
  open: readonly Item[],
): Promise<PositionText[]> {
  const round = work.turn === 'discuss' ? work.round : work.round - 1;
  if (work.turn === 'review' || round < 1) return [];
  const found: PositionText[] = [];
  for (const { agent, role } of context.review.participants) {
    if (agent === work.agent) continue;
    const votes = await concluded(deps, thread, { turn: 'vote', round, agent });
    const remarks =
      work.turn === 'vote'
        ? await concluded(deps, thread, { turn: 'discuss', round, agent })
        : null;
    for (const { proposal } of open) {
      found.push(...(await positionOn(deps, proposal, role, votes?.events, remarks?.events)));
    }
  }
  return found;
}

async function positionOn(
  deps: ReviewDeps,
  proposal: string,
  role: string,
  votes: readonly Recorded<AgentEvent>[] = [],
  remarks: readonly Recorded<AgentEvent>[] = [],
): Promise<PositionText[]> {
  for (const { event, body } of votes) {
    if (event.type !== 'agent.vote.stated' || event.proposal !== proposal) continue;
    const remark = remarks.find(
      (said) => 'proposal' in said.event && said.event.proposal === proposal,
    );
    const { rationale = '' } = await readTexts(deps.vault, body);
    const { text = '' } = await readTexts(deps.vault, remark?.body);
    return [{ proposal, role, choice: event.choice, rationale: `${rationale} ${text}`.trim() }];
  }
  return [];
}
