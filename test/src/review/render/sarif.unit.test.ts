import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { z } from 'zod';
import type { ReviewReport } from '../../../../src/review/index.ts';
import { render } from '../../../../src/review/render/index.ts';
import official from '../../../schemas/sarif-schema-2.1.0.json' with { type: 'json' };
import { anyReport } from './anyReport.ts';
import { changesRequested, escalated } from './reports.ts';

// The official schema, errata 01. It says draft-04, which ajv does not know, and uses nothing of it but `id`.
const { $schema: _draft04, id: $id, ...schema } = official;
const ajv = new Ajv({ strict: false, allErrors: true });
formats.default(ajv);
const validate = ajv.compile({ ...schema, $id });

const resultShape = z.object({
  ruleId: z.string(),
  kind: z.string(),
  level: z.string(),
  suppressions: z.array(z.unknown()).default([]),
  message: z.object({ text: z.string() }),
  locations: z.array(
    z.object({ physicalLocation: z.object({ artifactLocation: z.object({ uri: z.string() }) }) }),
  ),
});
const logShape = z.object({ runs: z.tuple([z.object({ results: z.array(resultShape) })]) });

function resultsOf(report: ReviewReport): z.infer<typeof resultShape>[] {
  const log: unknown = JSON.parse(render('sarif', report, { colour: false, version: '0.1.0' }));
  assert.ok(validate(log), ajv.errorsText(validate.errors));
  return logShape.parse(log).runs[0].results;
}

describe('the SARIF log of a report', () => {
  it('fits the official schema, whatever the report', () =>
    fc.assert(
      fc.property(anyReport, (report) =>
        assert.equal(resultsOf(report).length, report.proposals.length),
      ),
    ));

  it('is checked against a schema that refuses', () => {
    assert.equal(validate({ version: '2.1.0', runs: [{ results: [] }] }), false);
    assert.equal(validate({ version: '2.0.0', runs: [] }), false);
  });

  it('suppresses what was rejected', () => {
    const shown = resultsOf(changesRequested).map(({ ruleId, kind, level, suppressions }) => [
      ruleId,
      kind,
      level,
      suppressions.length,
    ]);
    assert.deepEqual(shown, [
      ['missing-doc', 'fail', 'note', 0],
      ['n-plus-one', 'fail', 'warning', 1],
      ['injection', 'fail', 'error', 0],
    ]);
  });

  it('asks a person to look at what is open', () => {
    assert.deepEqual(
      resultsOf(escalated).map(({ kind, level }) => [kind, level]),
      [['review', 'none']],
    );
  });

  it('names places by valid relative URIs and holds no link', () => {
    const [proposal] = changesRequested.proposals;
    assert.ok(proposal);
    const place = { path: 'a b/c:d#é.ts', line: 2, endLine: 1 };
    const [result] = resultsOf({
      ...changesRequested,
      proposals: [{ ...proposal, place, detail: '[here](https://evil.example)' }],
    });
    assert.equal(
      result?.locations[0]?.physicalLocation.artifactLocation.uri,
      'a%20b/c%3Ad%23%C3%A9.ts',
    );
    assert.match(result.message.text, /\[here\] \(https/);
  });
});
