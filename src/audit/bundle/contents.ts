import { discoveryKey } from 'hypercore-crypto';
import { Refusal } from '../../../events/index.ts';
import { listedLogs, unlisted } from '../checks/register.ts';
import { TextRefs } from '../../shared/textRefs.ts';
import { isUnreadable, type Evidence, type StoredLog } from '../evidence.ts';
import { hex } from '../merkle.ts';
import { readableEvents, surveyNode } from '../survey.ts';
import type { BundledLog } from './format.ts';
import { scopeOf } from './scope.ts';

/** A log of a store and whose it is. */
export type Owned = {
  readonly actor: string;
  readonly kind: BundledLog['kind'];
  readonly stored: StoredLog;
};

/** What goes into a bundle. */
export type Contents = {
  readonly included: readonly Owned[];
  readonly excluded: readonly Owned[];
  readonly broken: readonly { discoveryKey: string; unreadable: string }[];
  /** Hashes of the texts that go with it; null for all. */
  readonly texts: ReadonlySet<string> | null;
  /** Whose keys open the texts. */
  readonly subjects: ReadonlySet<string>;
};

/** Everything in a store, or what a thread can be judged by. Throws Refusal NOT_FOUND without such a thread. */
export async function contentsOf(evidence: Evidence, thread: string | null): Promise<Contents> {
  const survey = await surveyNode(evidence);
  const listed = listedLogs(evidence, survey);
  const owned: Owned[] = listed.flatMap(({ subject: { actor, kind }, stored }) =>
    stored ? [{ actor, kind, stored }] : [],
  );
  for (const stored of unlisted(listed, evidence)) {
    owned.push({ actor: '', kind: 'unknown', stored });
  }
  const broken = evidence.stored.flatMap((log) => (isUnreadable(log) ? [log] : []));
  if (thread === null) {
    const { subjects } = await mentioned(owned);
    return { included: owned, excluded: [], broken, texts: null, subjects };
  }
  const scope = await scopeOf(evidence, survey, thread);
  if (!scope) {
    throw new Refusal('NOT_FOUND', `there is no thread ${thread}; bzzz thread ls names them all`);
  }
  const isIn = ({ stored }: Owned): boolean => scope.logs.has(stored.key);
  const included = owned.filter(isIn);
  const needed = new Set([...scope.logs].map((key) => hex(discoveryKey(Buffer.from(key, 'hex')))));
  return {
    included,
    excluded: owned.filter((log) => !isIn(log)),
    broken: broken.filter((log) => needed.has(log.discoveryKey)),
    texts: (await mentioned(included)).texts,
    subjects: scope.subjects,
  };
}

/** The texts that events refer to, and the subjects that their texts are sealed for. */
async function mentioned(
  logs: readonly Owned[],
): Promise<{ texts: Set<string>; subjects: Set<string> }> {
  const texts = new Set<string>();
  const subjects = new Set<string>();
  for (const { kind, stored } of logs) {
    if (kind === 'blobs' || kind === 'unknown') continue;
    const refs = new TextRefs();
    for await (const { recorded } of readableEvents(stored)) {
      for (const { ref, subject } of refs.of(recorded)) {
        texts.add(ref.hash);
        if (subject !== null) subjects.add(subject);
      }
      if (recorded.body) subjects.add(recorded.body.subject);
    }
  }
  return { texts, subjects };
}
