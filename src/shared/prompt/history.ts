import type { Choice } from '../../../events/index.ts';

/** Something that an agent said about a proposal, in its own words. */
export type Remark = {
  readonly round: number;
  readonly role: string;
  /** What it was said with: a vote, an objection, or neither. */
  readonly as: Choice | 'object' | 'remark';
  /** Id of the proposal; null for the whole change. */
  readonly on: string | null;
  readonly text: string;
};

/** Who voted what on a proposal in one round, by role. */
export type BallotText = { readonly votes: string; readonly round: number } & Readonly<
  Record<Choice, readonly string[]>
>;

/** A proposal that was decided, with the votes that decided it. */
export type DecisionText = {
  readonly decision: number;
  readonly round: number;
  readonly proposal: string;
  readonly outcome: string;
  readonly path: string;
  readonly line: number;
  readonly endLine: number;
  readonly kind: string;
  readonly severity: string;
  readonly title: string;
  readonly tally: Readonly<Record<string, number>>;
} & Readonly<Record<Choice, readonly string[]>>;

/**
 * What went before in a thread: what must not be lost, verbatim and oldest first; a summary of what else
 * was said; the latest of that verbatim again.
 */
export type HistoryText = {
  readonly pinned: readonly (DecisionText | BallotText | Remark)[];
  readonly summary: { readonly summary: string; readonly upToRound: number } | null;
  readonly latest: readonly Remark[];
};

/**
 * One line of JSON each. The pinned lines come first and only grow from round to round, so that a prompt
 * cache can serve them again.
 */
export function historyLines({ pinned, summary, latest }: HistoryText): string[] {
  return [...pinned, ...(summary ? [summary] : []), ...latest].map((line) => JSON.stringify(line));
}
