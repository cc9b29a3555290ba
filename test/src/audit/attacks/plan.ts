import type { Policy, Verdict } from '../../../../events/index.ts';
import { dataDir, type DataDir } from '../../../../src/log/index.ts';
import type { Actors } from '../../../../src/ports.ts';
import type { Dice } from '../../../support/dice.ts';
import { goOn, writeHistory, type Chapter } from '../../../support/history.ts';
import { steppingClock } from '../../../support/testNode.ts';
import { withHandle } from '../../../support/wrap.ts';

/** An honest history as it is to be written: which reviews, how each goes, and how the process ended. */
export type Plan = {
  readonly chapters: readonly Chapter[];
  readonly startMs: number;
  readonly ending: 'stopped' | 'killed';
  /** The process dies at that command of the last review, and another one goes on with it; null: it lives. */
  readonly diesAt: number | null;
  readonly resumed: boolean;
};

const roles = ['architect', 'reviewer', 'performance'] as const;
const noon = Date.parse('2026-11-23T12:00:00.000Z');
const midnight = Date.parse('2026-11-24T00:00:00.000Z');

/** A review that is decided against the first vote on each item. */
export const divided: Chapter = {
  task: 'divided',
  approves: (role) => role !== 'architect',
  policy: { rule: 'majority' },
};

/** A review whose money runs out, until a person raises its cap. */
export const short: Chapter = {
  task: 'short',
  approves: () => true,
  cap: 250,
  raisedTo: 9000,
};

/** Reviews of all kinds, and everything that may befall a process. */
export function drawPlan(dice: Dice, reviewsMax = 2): Plan {
  const reviews = dice.whole(1, reviewsMax);
  const chapters = Array.from({ length: reviews }, (_, index) =>
    drawChapter(dice, `pr-${index + 1}`),
  );
  const dies = dice.chance(25);
  return {
    chapters,
    // Some begin just before midnight, so that the windows of the ledger change under way.
    startMs: dice.chance(20) ? midnight - dice.whole(1, 60) : noon,
    ending: dice.one('stopped', 'killed'),
    diesAt: dies ? dice.whole(1, 60) : null,
    resumed: dies && dice.chance(60),
  };
}

/** One review: who takes part, how they vote, who falls silent, and what a person does about it. */
function drawChapter(dice: Dice, task: string): Chapter {
  const votes = new Map<string, boolean>();
  const leaning = dice.whole(20, 100);
  for (const role of roles)
    for (const item of ['p1', 'p2'])
      for (const round of [1, 2]) votes.set(`${role} ${item} ${round}`, dice.chance(leaning));
  const failure = dice.weighted([
    ['none', 70],
    ['mute', 10],
    ['away', 20],
  ]);
  const isShort = dice.chance(12);
  return {
    task,
    approves: (role, item, round) => votes.get(`${role} ${item} ${round}`) ?? false,
    roles: dice.chance(25) ? roles.slice(0, 2) : roles,
    policy: drawPolicy(dice),
    ...(failure === 'mute' && { mute: dice.one(...roles) }),
    ...(failure === 'away' && { away: { role: dice.one(...roles), billable: dice.chance(50) } }),
    ...(isShort && { cap: dice.whole(100, 420), ...(dice.chance(70) && { raisedTo: 9000 }) }),
    ...drawAnswer(dice),
    laterMs: dice.chance(15) ? dice.whole(1, 40) * 3_600_000 : 0,
  };
}

function drawPolicy(dice: Dice): Partial<Policy> {
  return {
    rule: dice.one('majority', 'supermajority', 'unanimity', 'weighted'),
    discussionRounds: dice.whole(0, 1),
    weights: dice.chance(40) ? { architect: dice.whole(1, 3), reviewer: dice.whole(1, 3) } : {},
    vetoRoles: dice.chance(15) ? ['performance'] : [],
    blockingSeverity: dice.one('low', 'medium', 'critical'),
    onSilence: dice.one<Verdict>('approved', 'changes_requested'),
  };
}

function drawAnswer(dice: Dice): Partial<Chapter> {
  switch (dice.one('nothing', 'answer', 'silence')) {
    case 'answer':
      return { answer: dice.one<Verdict>('approved', 'changes_requested') };
    case 'silence':
      return { unanswered: true };
    case 'nothing':
      return {};
  }
}

class Killed extends Error {}

/** Actors that are as safe as the process, which is enough for a test; gone after a number of commands. */
function through(actors: Actors, commandsMax: number): Actors {
  let commands = 0;
  return withHandle(actors, async (instruction) => {
    if (++commands > commandsMax) throw new Killed();
    return actors.handle({ ...instruction, durability: 'process' });
  });
}

/** Writes the history of a plan into a directory. */
export async function writePlan(root: string, plan: Plan): Promise<DataDir> {
  const clock = steppingClock(plan.startMs);
  const { ending, diesAt } = plan;
  const living = plan.chapters.map((chapter) => ({
    ...chapter,
    through: (actors: Actors) => through(actors, Infinity),
  }));
  if (diesAt === null) return writeHistory(root, living, ending, clock);
  const [last] = living.slice(-1);
  if (!last) throw new TypeError('a plan without a review');
  const dying = { ...last, through: (actors: Actors) => through(actors, diesAt) };
  try {
    await writeHistory(root, [...living.slice(0, -1), dying], 'killed', clock);
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
  if (plan.resumed) await goOn(root, [last], clock);
  return dataDir(root);
}
