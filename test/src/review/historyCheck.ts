import { z } from 'zod';
import type { Actors } from '../../../src/ports.ts';
import { readSection } from '../../../src/shared/prompt/index.ts';
import type { Had } from './historyThread.ts';

const roles = z.array(z.string());
const ballot = { round: z.number(), approve: roles, reject: roles, abstain: roles };
const line = z.union([
  z.object({
    ...ballot,
    decision: z.number(),
    proposal: z.string(),
    outcome: z.string(),
    title: z.string(),
    tally: z.record(z.string(), z.number()),
  }),
  z.object({ ...ballot, votes: z.string() }),
  z.object({
    round: z.number(),
    role: z.string(),
    as: z.string(),
    on: z.string(),
    text: z.string(),
  }),
  z.object({ summary: z.string(), upToRound: z.number() }),
]);
const position = z.object({
  proposal: z.string(),
  role: z.string(),
  choice: z.string(),
  rationale: z.string(),
});

/**
 * What of a conversation must be in a prompt to the letter and is not: open proposals, decisions with their
 * tally, the votes of the last round with their reasons, all earlier votes, all objections.
 */
export async function missingFrom(
  prompt: string,
  actors: Actors,
  { thread, proposals, open, said, rounds }: Had,
): Promise<string[]> {
  const read = (name: string): unknown => JSON.parse(readSection(prompt, name) ?? '[]');
  const shown = z.array(z.unknown()).parse(read('proposals'));
  const positions = z.array(position).parse(read('positions'));
  const history = (readSection(prompt, 'history') ?? '').split('\n').filter((text) => text !== '');
  const lines = history.map((text) => line.parse(JSON.parse(text)));
  const missing: string[] = [];
  const require = (what: string, isThere: boolean): void => void (isThere || missing.push(what));

  for (const proposal of open) {
    const text = JSON.stringify(proposal);
    require(`proposal ${proposal.id}`, shown.some((each) => JSON.stringify(each) === text));
  }
  for await (const { event } of actors.events('thread', thread)) {
    if (event.type !== 'thread.consensus.reached') continue;
    const { decision, outcome, tally, proposal } = event;
    const found = lines.find((each) => 'decision' in each && each.decision === decision);
    const title = proposals.find(({ id }) => id === proposal)?.title;
    const expected = JSON.stringify([proposal, outcome, tally, title]);
    require(`decision ${decision}`, found !== undefined &&
      'decision' in found &&
      JSON.stringify([found.proposal, found.outcome, found.tally, found.title]) === expected);
  }
  for (const { round, role, as, on, text } of said) {
    const held = positions.find((each) => each.role === role && each.proposal === on);
    if (as === 'remark') continue;
    if (as === 'object') {
      const stands = lines.some((each) => 'as' in each && each.role === role && each.text === text);
      const isHeld = round === rounds && held?.rationale.includes(text) === true;
      require(`objection of ${role} to ${on} in round ${round}`, stands || isHeld);
      continue;
    }
    const isHeld = held?.choice === as && held.rationale.startsWith(text);
    const isCounted = lines.some(
      (each) =>
        'approve' in each &&
        each.round === round &&
        ('votes' in each ? each.votes : each.proposal) === on &&
        each[as].includes(role),
    );
    require(`vote of ${role} on ${on} in round ${round}`, isCounted ||
      (round === rounds && isHeld));
  }
  return missing;
}
