import type { SealedBody } from '../../events/index.ts';
import type { ErasedSubject } from '../views/index.ts';

/** Who had a text erased, when and why. */
export type ErasedBy = Pick<ErasedSubject, 'by' | 'at' | 'reason'>;

/** The erasure that took a text which was sealed at a moment; null when none did. Expects the latest first. */
export function erasureOf(
  erasures: readonly ErasedSubject[],
  { subject }: SealedBody,
  sealedAt: string,
): ErasedBy | null {
  const found = erasures.findLast(
    (erasure) => erasure.subject === subject && erasure.at >= sealedAt,
  );
  return found ? { by: found.by, at: found.at, reason: found.reason } : null;
}
