import type { Vault } from '../ports.ts';
import { openBox } from './box.ts';
import { SubjectKeys } from './subjectKeys.ts';

/**
 * Opens the texts that lie in their events, with keys in a folder as a data directory has it: for logs that
 * came without a store. Null without a key, and for a text that was kept apart as a blob.
 */
export function inlineTexts(keysDir: string): Pick<Vault, 'open'> {
  const keys = new SubjectKeys(keysDir);
  return {
    async open(body) {
      if ('blob' in body) return null;
      const key = await keys.find(body.subject);
      return key && openBox(key, body.subject, Buffer.from(body.box, 'base64'));
    },
  };
}
