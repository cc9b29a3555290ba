import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import { z } from 'zod';
import { threadAddress } from '../../../../events/index.ts';
import { explainDecision } from '../../../../src/audit/index.ts';
import { explanation } from '../../../../src/audit/explain/explanation.ts';
import { openReadOnly } from '../../../../src/log/index.ts';
import { agreed, escalated, writeHistory } from '../../../support/history.ts';
import { withTempDir } from '../../../support/testNode.ts';

const file = join(import.meta.dirname, '../../../../src/audit/explain/explanation.schema.json');

function generated(): object {
  const { $schema, ...schema } = z.toJSONSchema(explanation);
  return {
    $schema,
    $id: 'urn:bzzz:explanation:1',
    title: 'bzzz.explanation/1',
    description:
      'What stands behind a decision, as printed by `bzzz audit explain --json`. Money is integer micro-dollars, times are RFC 3339, hashes and keys lower-case hex. A text is null when its key was erased or is not here.',
    ...schema,
  };
}

// After a change that is meant: `node --test --test-update-snapshots` with the path of this file.
if (process.execArgv.includes('--test-update-snapshots'))
  writeFileSync(file, `${JSON.stringify(generated(), null, 2)}\n`);

const published = z.custom<AnySchemaObject>().parse(JSON.parse(readFileSync(file, 'utf8')));
const ajv = new Ajv2020({ allErrors: true, validateFormats: false });
const validate = ajv.compile(published);

describe('the published schema of explanations', () => {
  it('says what the program checks', () =>
    assert.deepEqual(published, JSON.parse(JSON.stringify(generated()))));

  it('accepts explanations of every kind of decision, and refuses what is none', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(root, [agreed, { ...escalated, answer: 'approved' }]);
      for (const decision of ['pr-1/decisions/1', 'pr-1/decisions/3', 'pr-2/decisions/1']) {
        const [task = '', ...path] = decision.split('/');
        const address = [threadAddress('shop', task), ...path].join('/');
        const told = await explainDecision(() => openReadOnly(dir), address);
        const json: unknown = JSON.parse(JSON.stringify(told));
        assert.ok(validate(json), ajv.errorsText(validate.errors));
        assert.equal(validate({ ...told, format: 'bzzz.explanation/2' }), false);
        assert.equal(validate({ ...told, surprise: true }), false);
      }
    }));
});
