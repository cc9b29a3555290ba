import type { AuditReport } from '../report.ts';
import type { EvidenceArchive } from './archive.ts';
import type { Explanation } from './explanation.ts';
import { isOf } from './tale.ts';

type Sealing = Pick<Explanation, 'logs' | 'witnessed'>;
type Seal = NonNullable<Explanation['logs'][number]['sealed']>;

/**
 * The logs that were relied on, each with the first checkpoint of the node that covers all of it that was
 * needed; and the node's own log, which holds the checkpoints, with those who have signed it.
 */
export async function sealsOf(
  archive: EvidenceArchive,
  { node, log: nodeLog }: { readonly node: string; readonly log: string },
  { findings, logs: audited }: AuditReport,
): Promise<Sealing> {
  const relied = archive.relied();
  const seals = new Map<string, Seal>();
  const witnessed: { seq: number; at: string }[] = [];
  let last = 0;
  for await (const entry of archive.eventsIn(nodeLog)) {
    const { seq, at } = entry;
    if (isOf('node.checkpoint.witnessed')(entry)) witnessed.push({ seq, at });
    if (!isOf('node.checkpoint.sealed')(entry)) continue;
    for (const { log, length, root } of entry.event.heads) {
      const needed = relied.find(({ key }) => key === log);
      if (!needed || length <= needed.last || seals.has(log)) continue;
      seals.set(log, { seq, at, length, root });
      last = Math.max(last, seq);
    }
  }
  const own = { actor: node, kind: 'node' as const, key: nodeLog, last };
  const logs = [own, ...relied.filter(({ key }) => key !== nodeLog)].map((each) => ({
    ...each,
    length: archive.log(each.key)?.length ?? 0,
    root: audited.find(({ log }) => log === each.key)?.root ?? null,
    holds: findings.every(({ log }) => log !== each.key),
    sealed: seals.get(each.key) ?? null,
  }));
  return { logs, witnessed: witnessed.filter(({ seq }) => seq > last) };
}
