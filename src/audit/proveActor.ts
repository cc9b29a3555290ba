import { Corrupt } from '../../events/index.ts';
import { isUnreadable, type Evidence } from './evidence.ts';
import { proveLog } from './proof.ts';
import { surveyNode } from './survey.ts';

/**
 * Proves the bytes, the signature and the seals of the log of one actor, before somebody builds on it. Throws
 * Corrupt LOG_CORRUPT, and nothing for an actor that has no log here.
 */
export async function proveActor(
  open: () => Promise<Evidence>,
  actor: string,
  signal: AbortSignal,
): Promise<void> {
  const evidence = await open();
  try {
    const { registered, seals } = await surveyNode(evidence);
    const log = registered.find((entry) => entry.actor === actor)?.log;
    const stored = evidence.stored.find((each) => !isUnreadable(each) && each.key === log);
    if (!stored || isUnreadable(stored)) return;
    const proof = await proveLog(stored, {
      seals: seals.get(stored.key) ?? [],
      gone: new Set(),
      onBlocks: () => signal.throwIfAborted(),
    });
    const difference = proof.difference ?? proof.brokenSeal;
    if (!difference) return;
    throw new Corrupt('LOG_CORRUPT', `${actor}: ${difference.message}; run bzzz audit verify`, {
      data: { actor, check: difference.check },
    });
  } finally {
    await evidence.close();
  }
}
