import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createDataDir, dataDir } from '../../../src/log/dataDir.ts';
import { createRedactor, createRestorer, RestoreMaps } from '../../../src/log/restoreMaps.ts';
import { SubjectKeys } from '../../../src/log/subjectKeys.ts';
import { withTempDir } from '../../support/testNode.ts';

const options = { personalData: true, ipAddresses: false };

const secret = fc
  .stringMatching(/^[a-z][0-9][A-Z][a-z0-9]{33}$/)
  .map((body) => `${['gh', 'p_'].join('')}${body}`);
const piece = fc.oneof(
  secret,
  fc.constantFrom('plain', '"', "'", '\\', '\n', 'é', '[REDACTED:secret:1:abc]', '${'),
);
/** Texts, each made of pieces and of earlier texts as they came back; and whether a process ends after it. */
const step = fc.record({
  subject: fc.constantFrom('a', 'b'),
  pieces: fc.array(piece, { maxLength: 4 }),
  quotes: fc.nat(3),
  ends: fc.boolean(),
});

describe('restore maps', () => {
  it('lose nothing, whenever a process ends, and texts that quote redacted texts are restored whole', () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), (steps) =>
        withTempDir(async (root) => {
          const dir = dataDir(root);
          await createDataDir(dir);
          const maps = () => new RestoreMaps(dir.restore, new SubjectKeys(dir.keys));
          let redactor = createRedactor(maps(), options);
          const told: { subject: string; text: string; redacted: string }[] = [];
          for (const { subject, pieces, quotes, ends } of steps) {
            const quoted = told.filter((each) => each.subject === subject).slice(0, quotes);
            const words = pieces.join(' ');
            const given = [words, ...quoted.map(({ redacted }) => redacted)].join(' ');
            const text = [words, ...quoted.map((each) => each.text)].join(' ');
            const redacted = await redactor.redact(subject, given);
            assert.equal(await redactor.redact(subject, redacted), redacted);
            told.push({ subject, text, redacted });
            if (ends) redactor = createRedactor(maps(), options);
          }
          const reader = createRestorer(maps());
          for (const { subject, text, redacted } of told)
            assert.equal(await reader.restore(subject, redacted), text);
        }),
      ),
      { numRuns: 40 },
    ));
});
