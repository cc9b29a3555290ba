import { findAssignments } from './assignments.ts';
import { findMails, findPhones } from './contacts.ts';
import { findAwsSecrets, findCredentials } from './credentials.ts';
import { findIpAddresses } from './ipAddresses.ts';
import { rankOf, type RedactOptions, type Span } from './kinds.ts';
import { findCards, findIbans } from './numbers.ts';
import { findPrivateKeys } from './pem.ts';
import { maskPlaceholders } from './placeholder.ts';
import { findTokens } from './tokens.ts';

/**
 * The sensitive parts of a text, in order and apart from each other, none longer than its line. Placeholders
 * are none, whoever wrote them. Takes time in proportion to the text, whatever is in it.
 */
export function findSensitive(text: string, options: RedactOptions): Span[] {
  const readable = maskPlaceholders(text);
  const spans: Span[] = [];
  const report = (from: number, to: number, kind: Span['kind']): void => {
    spans.push({ from, to, kind });
  };
  findPrivateKeys(readable, report);
  findTokens(readable, report);
  findCredentials(readable, report);
  findAwsSecrets(readable, report);
  findAssignments(readable, report);
  if (options.personalData) {
    findMails(readable, report);
    findPhones(readable, report);
    findIbans(readable, report);
    findCards(readable, report);
  }
  if (options.ipAddresses) findIpAddresses(readable, report);
  return merge(spans);
}

/** What overlaps is one secret, of the surest kind: half of it would be no use to keep. */
function merge(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    const last = merged.at(-1);
    if (last === undefined || span.from >= last.to) {
      merged.push(span);
      continue;
    }
    const kind = rankOf(span.kind) < rankOf(last.kind) ? span.kind : last.kind;
    merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, span.to), kind };
  }
  return merged;
}
