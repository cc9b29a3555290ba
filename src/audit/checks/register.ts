import { discoveryKey } from 'hypercore-crypto';
import { nodeAddress, type ActorKind } from '../../../events/index.ts';
import { isUnreadable, type Evidence, type StoredLog } from '../evidence.ts';
import type { Difference, Findings, Subject } from '../findings.ts';
import { hex } from '../merkle.ts';
import type { Survey } from '../survey.ts';

/** A log and whose it is. */
export type Listed = {
  readonly subject: Subject & { readonly kind: ActorKind | 'blobs' };
  /** Null when the store does not have it, or cannot say. */
  readonly stored: StoredLog | null;
};

/** The logs that have to be in the store: the node's own, its texts, and all that are registered. */
export function listedLogs({ node, stored }: Evidence, survey: Survey): Listed[] {
  const own = nodeAddress(node.name);
  const byKey = new Map(stored.flatMap((log) => (isUnreadable(log) ? [] : [[log.key, log]])));
  const list = (actor: string, kind: Listed['subject']['kind'], log: string): Listed => ({
    subject: { actor, log, kind },
    stored: byKey.get(log) ?? null,
  });
  const logs = new Map([[node.log, list(own, 'node', node.log)]]);
  if (survey.blobs) logs.set(survey.blobs, list(own, 'blobs', survey.blobs));
  for (const { actor, kind, log } of survey.registered) {
    if (!logs.has(log)) logs.set(log, list(actor, kind, log));
  }
  return [...logs.values()];
}

/** Reports the logs that are listed and are not there, or cannot be read at all. */
export function reportMissing(
  listed: readonly Listed[],
  { stored }: Evidence,
  findings: Findings,
): void {
  const broken = new Map(
    stored.flatMap((log) => (isUnreadable(log) ? [[log.discoveryKey, log.unreadable]] : [])),
  );
  for (const { subject, stored: log } of listed) {
    if (log) continue;
    const whose = `the log of ${subject.kind === 'blobs' ? 'texts' : subject.actor}`;
    const why = broken.get(hex(discoveryKey(Buffer.from(subject.log, 'hex'))));
    findings.add(subject, {
      check: why === undefined ? 'register' : 'storage',
      expected: 'a log',
      found: why ?? null,
      message:
        why === undefined
          ? `${whose} is registered and is not in the store`
          : `${whose} cannot be read: ${why}`,
    });
  }
}

/** A log belongs to one actor, and is registered before it is sealed; null when all are. */
export function registerDifference({ registered, seals, node, blobs }: Survey): Difference | null {
  const owners = new Map<string, string>();
  for (const log of [node?.key, blobs]) if (log) owners.set(log, 'the node itself');
  for (const { actor, log, seq } of registered) {
    const owner = owners.get(log);
    if (owner !== undefined) {
      const message = `a log is registered a second time, for ${actor}`;
      return { check: 'register', seq, field: 'log', expected: owner, found: actor, message };
    }
    owners.set(log, actor);
  }
  for (const [log, [seal]] of seals) {
    if (!seal || owners.has(log)) continue;
    const { seq } = seal;
    const message = `event ${seq} seals a log that the node has not registered`;
    return { check: 'register', seq, field: 'heads', expected: null, found: log, message };
  }
  return null;
}

/** Logs that the store holds and nobody has registered. */
export function unlisted(listed: readonly Listed[], { stored }: Evidence): StoredLog[] {
  const known = new Set(listed.map(({ subject }) => subject.log));
  return stored.flatMap((log) => (isUnreadable(log) || known.has(log.key) ? [] : [log]));
}
