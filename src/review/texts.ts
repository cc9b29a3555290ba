import { z } from 'zod';
import type { SealedBody } from '../../events/index.ts';
import type { Vault } from '../ports.ts';

const texts = z.partialRecord(
  z.enum(['title', 'detail', 'suggestion', 'summary', 'rationale', 'text']),
  z.string(),
);
export type Texts = z.infer<typeof texts>;

/** The texts of a statement: a small JSON object. Empty when there is no body or its key is gone. */
export async function readTexts(
  vault: Pick<Vault, 'open'>,
  body: SealedBody | undefined,
): Promise<Texts> {
  const text = body ? await vault.open(body) : null;
  return text === null ? {} : texts.parse(JSON.parse(text));
}
