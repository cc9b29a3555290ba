import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { z } from 'zod';
import { render } from '../../../../src/review/render/index.ts';
import { reviewReport } from '../../../../src/review/reviewReport.ts';
import { anyReport } from './anyReport.ts';
import { clean } from './reports.ts';

const file = join(import.meta.dirname, '../../../../src/review/render/review.schema.json');

function generated(): object {
  const { $schema, ...schema } = z.toJSONSchema(reviewReport, {
    // The pattern beside it says the same, and this is no format that JSON Schema knows.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'starts_with') delete jsonSchema.format;
    },
  });
  return {
    $schema,
    $id: 'urn:bzzz:review:1',
    title: 'bzzz.review/1',
    description:
      'The outcome of a review, as printed by `bzzz review --format json`. Money is integer micro-dollars, times are RFC 3339. A text is null when its key was erased.',
    ...schema,
  };
}

// After a change that is meant: `node --test --test-update-snapshots` with the path of this file.
if (process.execArgv.includes('--test-update-snapshots'))
  writeFileSync(file, `${JSON.stringify(generated(), null, 2)}\n`);

const published = z.custom<AnySchemaObject>().parse(JSON.parse(readFileSync(file, 'utf8')));
const ajv = new Ajv2020({ allErrors: true });
const validate = ajv.compile(published);

describe('the published schema of reports', () => {
  it('says what the program checks', () =>
    assert.deepEqual(published, JSON.parse(JSON.stringify(generated()))));

  it('accepts every report as it is printed', () =>
    fc.assert(
      fc.property(anyReport, (report) => {
        const json: unknown = JSON.parse(
          render('json', report, { colour: false, version: '0.1.0' }),
        );
        assert.ok(validate(json), ajv.errorsText(validate.errors));
      }),
    ));

  it('refuses what is no report', () => {
    assert.equal(validate({ ...clean, format: 'bzzz.review/2' }), false);
    assert.equal(validate({ ...clean, surprise: true }), false);
  });
});
