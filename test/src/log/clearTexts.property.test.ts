import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createDataDir, dataDir } from '../../../src/log/dataDir.ts';
import { openLogStore, type LogStore } from '../../../src/log/store.ts';
import { withTempDir } from '../../support/testNode.ts';

/** For each text its length, and after which of two steps it is cleared; null: it stays. */
const anyTexts = fc.array(
  fc.record({ length: fc.integer({ min: 0, max: 6000 }), cleared: fc.constantFrom(1, 2, null) }),
  { minLength: 1, maxLength: 40 },
);

async function withStore<T>(root: string, use: (store: LogStore) => Promise<T>): Promise<T> {
  const dir = dataDir(root);
  await createDataDir(dir);
  const store = await openLogStore(dir);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

const nobody = { seq: 0, at: '', subject: 's', reason: '', by: '', key: null };

describe('texts that are cleared', () => {
  it('are gone for good, the others stay, and the head of their log does not move', () =>
    fc.assert(
      fc.asyncProperty(anyTexts, (texts) =>
        withTempDir(async (root) => {
          const refs = await withStore(root, ({ vault }) =>
            Promise.all(
              texts.map(async ({ length, cleared }, index) => {
                const text = `${index} `.repeat(length);
                return { text, cleared, ref: await vault.sealBlob('s', text) };
              }),
            ),
          );
          const headOf = (store: LogStore) => store.blobsHead();
          const before = await withStore(root, headOf);
          for (const step of [1, 2]) {
            await withStore(root, async (store) => {
              const now = refs.filter(({ cleared }) => cleared === step);
              const blobs = now.map(({ ref }) => ref.hash);
              await store.eraser.clearTexts({ ...nobody, blobs });
              await store.eraser.clearTexts({ ...nobody, blobs });
              if (step === 2) await store.eraser.compact();
            });
            await withStore(root, async (store) => {
              assert.deepEqual(await store.blobsHead(), before);
              for (const { text, cleared, ref } of refs) {
                const opened = store.vault.openBlob('s', ref);
                if (cleared !== null && cleared <= step) {
                  await assert.rejects(opened, { code: 'NOT_FOUND' });
                } else assert.equal(await opened, text);
              }
            });
          }
          await withStore(root, async ({ vault, ...store }) => {
            const ref = await vault.sealBlob('s', 'more');
            assert.equal(await vault.openBlob('s', ref), 'more');
            assert.equal((await store.blobsHead()).length, before.length + 2);
          });
        }),
      ),
      { numRuns: 15 },
    ));
});
