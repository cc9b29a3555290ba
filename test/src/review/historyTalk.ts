import type { Dice } from '../../torture/dice.ts';

const subjects = [
  'the retry in `charge()`',
  'the new branch for refunds',
  'this lock around the ledger',
  'the fallback to the old rate',
  'the cache of exchange rates',
  'the migration that drops `orders.state`',
  'the loop over open invoices',
  'the check of the tenant id',
  'the handler of the webhook',
  'the default for `timeoutMs`',
] as const;
const claims = [
  'runs again after a timeout although the first attempt may have reached the bank',
  'is skipped when the list is empty, and then the total stays what it was before',
  'holds the connection while it waits for an answer from outside',
  'reads the row twice and writes it once, so a second writer is lost in between',
  'grows with the number of customers and is never cleared',
  'is already covered by the guard twelve lines further up, which the diff shows',
  'only matters for data that was written before version 4 of the format',
  'cannot be reached from any route that this change adds',
  'swallows the error and answers with a success that nobody can tell from a real one',
  'compares amounts as floating point numbers, which is off by a cent for large sums',
] as const;
const turns = [
  'I measured it on the sample data:',
  'Look at the caller as well:',
  'To be precise,',
  'What decides it for me:',
  'On the other hand,',
  'The test next to it says the same:',
  'In production that means that',
  'As far as the diff shows,',
] as const;
const ends = [
  'That alone is reason enough to ask for a change before it goes out.',
  'I would not hold up the release for that.',
  'One line and a test would settle it.',
  'Whoever reads this in half a year will not see it.',
  'If the author can show the opposite, I take it back.',
  'The same pattern is in two other places that this change leaves alone.',
] as const;

/** What a reviewer might write, in about so many words: each text once, for it names its place. */
export function talk(dice: Dice, wordsMin: number, wordsMax: number): string {
  const words = dice.whole(wordsMin, wordsMax + 1);
  const line = (): number => dice.whole(1, 900);
  let text = `At src/pay/till.ts:${line()} ${dice.oneOf(...subjects)} ${dice.oneOf(...claims)}.`;
  while (text.split(' ').length < words - 12) {
    const claim = `${dice.oneOf(...subjects)} ${dice.oneOf(...claims)}`;
    text += ` ${dice.oneOf(...turns)} ${claim} (line ${line()}).`;
  }
  return `${text} ${dice.oneOf(...ends)}`;
}
