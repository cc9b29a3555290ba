import type { BallotAnswer, PositionText, ProposalText } from '../shared/prompt/index.ts';
import { owns, type Book } from './books.ts';
import { claimOf, knownKind, type Claim } from './claim.ts';
import type { Change } from './code/change.ts';
import type { Finding } from './examine.ts';
import { rules } from './rules/index.ts';

export type Vote = BallotAnswer['votes'][number];
type Decision = Omit<Vote, 'proposal'>;

/** Below this, a finding takes the eye of its own field to judge. */
const plainToSeePct = 60;

/** A change together with what the rule book found in it. */
export type Examined = { change: Change; findings: readonly Finding[] };

/**
 * How a role votes on a proposal, in this order: abstain on what no rule knows; reject what the change
 * does not show; reject for a reason of the role's own book; approve what the rules confirm, surely in
 * the role's own field and with less confidence in another; reject the rest. Whoever would abstain
 * takes the side of the better founded positions, if any are shown.
 */
export function decide(
  book: Book,
  proposal: ProposalText,
  examined: Examined,
  positions: readonly PositionText[],
): Vote {
  const own = judge(book, proposal, examined);
  const decision =
    own.choice === 'abstain' ? (joinSide(proposal, examined, positions) ?? own) : own;
  return { proposal: proposal.id, ...decision };
}

function judge(book: Book, proposal: ProposalText, { change, findings }: Examined): Decision {
  const kind = knownKind(proposal.kind);
  if (kind === null)
    return abstain(`No rule of mine knows what \`${proposal.kind}\` looks like, so I cannot tell.`);
  const claim = claimOf(proposal, kind, change, findings);
  const where = `${proposal.path}:${proposal.line}`;
  if (claim === null) return unseen(change, proposal, where);
  for (const objection of book.objections) {
    const reason = objection.kinds.includes(kind) ? objection.against(claim) : null;
    if (reason !== null)
      return reject(objection.confidencePct, `At ${where} ${reason}.`, evidenceOf(claim));
  }
  if (claim.finding !== null) return confirm(book, claim.finding);
  const text = lineText(claim);
  const reason = `The rules for \`${kind}\` find nothing at ${where}: \`${text}\` does not do what is claimed.`;
  return reject(isOwnKind(book, kind) ? 72 : 58, reason, evidenceOf(claim));
}

function confirm(book: Book, finding: Finding): Decision {
  const place = { path: finding.source.path, line: finding.line };
  const where = `${place.path}:${place.line}`;
  if (owns(book, finding.rule))
    return {
      choice: 'approve',
      confidencePct: Math.min(98, finding.confidencePct + 4),
      rationale: `I see it at ${where} too. ${finding.detail}`,
      evidence: [place],
    };
  if (finding.confidencePct < plainToSeePct)
    return abstain(`At ${where} it takes the eye of a role for ${finding.rule.family} to judge.`);
  return {
    choice: 'approve',
    confidencePct: finding.confidencePct - 18,
    rationale: `Not my field, but ${where} shows it plainly. ${finding.detail}`,
    evidence: [place],
  };
}

function isOwnKind(book: Book, kind: string): boolean {
  return rules.some((rule) => rule.kind === kind && owns(book, rule));
}

function unseen(change: Change, proposal: ProposalText, where: string): Decision {
  const shown = change.sources.filter(({ lines }) => lines.length > 0);
  const nearest = shown.find(({ path }) => path === proposal.path) ?? shown[0];
  if (nearest === undefined)
    return abstain(`The change shows nothing that could be judged at ${where}.`);
  const place = { path: nearest.path, line: nearest.lines[0]?.number ?? 1 };
  return reject(80, `The change does not show ${where}, so nothing there can be its fault.`, [
    place,
  ]);
}

/**
 * The side whose rationales cite more different places of the change, then the one with more roles;
 * null when both are equal.
 */
function joinSide(
  proposal: ProposalText,
  { change }: Examined,
  positions: readonly PositionText[],
): Decision | null {
  const [pro, contra] = (['approve', 'reject'] as const).map((choice) => {
    const side = positions.filter(
      (position) => position.proposal === proposal.id && position.choice === choice,
    );
    const cited = side.flatMap(({ rationale }) => citedPlaces(rationale, change));
    const places = new Map(cited.map((place) => [`${place.path}:${place.line}`, place]));
    return { choice, roles: side.map(({ role }) => role), evidence: [...places.values()] };
  });
  if (pro === undefined || contra === undefined) return null;
  const lead =
    pro.evidence.length - contra.evidence.length || pro.roles.length - contra.roles.length;
  const side = lead > 0 ? pro : contra;
  if (lead === 0 || side.evidence.length === 0) return null;
  const count = `${side.evidence.length} ${side.evidence.length === 1 ? 'place' : 'places'}`;
  return {
    choice: side.choice,
    confidencePct: 52,
    rationale: `I could not tell alone; ${side.roles.join(' and ')} cite ${count} of the change for it, the other side cites less.`,
    evidence: side.evidence.slice(0, 10),
  };
}

/** The places named as `path:line` that the change really shows; those in quotes are somebody else's. */
function citedPlaces(text: string, change: Change): { path: string; line: number }[] {
  const own = text.slice(0, 8000).replaceAll(/"[^"]*"/g, '');
  return Array.from(own.matchAll(/([^\s`"'(),:]+):(\d{1,9})/g)).flatMap((match) => {
    const place = { path: match[1] ?? '', line: Number(match[2]) };
    const lines = change.sources.find(({ path }) => path === place.path)?.lines ?? [];
    return lines.some(({ number }) => number === place.line) ? [place] : [];
  });
}

function evidenceOf({ source: { path, lines }, at }: Claim): Vote['evidence'] {
  return [{ path, line: lines[at]?.number ?? 1 }];
}

function lineText({ source: { lines }, at }: Claim): string {
  const text = (lines[at]?.code ?? '').replace(/\s+/g, ' ').replaceAll('`', "'").trim();
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function abstain(rationale: string): Decision {
  return { choice: 'abstain', confidencePct: 30, rationale, evidence: [] };
}

function reject(confidencePct: number, rationale: string, evidence: Vote['evidence']): Decision {
  return { choice: 'reject', confidencePct, rationale, evidence };
}
