import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { chooseTier, riskOf, type Risk } from '../../../../src/review/choice/index.ts';
import { parseDiff } from '../../../../src/shared/diff/index.ts';
import { tiers, type Tier } from '../../../../src/shared/prompt/index.ts';

/**
 * A task is a diff with a preamble that says who is asked, in which turn, and which tier should answer, with
 * the argument for it. Labels were written before their tasks were scored and never changed afterwards. No
 * weight was set on the `Set: held-out` tasks; keep it so.
 *
 * One author wrote tasks and rules, so the share of right answers flatters the rules. Three batches that were
 * written after the rules, to find what they do not know, were right at first sight in 13 of 18, 12 of 16
 * and 10 of 14. The first two were then tuned on; the third is in the held-out part as it is.
 */
const preamble = z.strictObject({
  role: z.string().regex(/^[a-z-]+, (?:economy|standard|premium)$/),
  turn: z.enum(['review', 'vote', 'discuss', 'summarise']),
  tier: z.enum(tiers),
  set: z.enum(['tuned', 'held-out']),
  why: z.string().min(40),
});
type Task = z.infer<typeof preamble> & { name: string; diff: string };

const folder = join(import.meta.dirname, 'tasks');

export function readTasks(): Task[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.diff'));
  return names.toSorted().map((name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const [head = ''] = text.split('\n\n', 1);
    const lines = head.split('\n').map((line) => {
      const [key = '', ...value] = line.split(': ');
      return [key.toLowerCase(), value.join(': ')];
    });
    return { name, diff: text, ...preamble.parse(Object.fromEntries(lines)) };
  });
}

export type Answered = { task: Task; tier: Tier; risk: Risk };

/** What is chosen for a task when money is no object. */
export function answer(task: Task): Answered {
  const risk = riskOf(parseDiff(task.diff));
  const chosen = chooseTier({
    role: { tier: z.enum(tiers).parse(task.role.split(', ')[1]) },
    turn: task.turn,
    risk,
    leftMicroUsd: 1_000_000_000,
    turnsLeft: 12,
    price: (tier) => 1_000 * 5 ** tiers.indexOf(tier),
    choice: 'risk',
  });
  return { task, tier: chosen.tiers[0]?.tier ?? 'economy', risk };
}
