import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { reviewReport } from '../../../../src/review/reviewReport.ts';
import { render, type RenderOptions } from '../../../../src/review/render/index.ts';
import { columnsOf } from '../../../../src/shared/text/index.ts';
import { anyReport } from './anyReport.ts';

const plain: RenderOptions = { colour: false, version: '0.1.0' };
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('any report', () => {
  it('is one of those that the schema allows', () =>
    fc.assert(fc.property(anyReport, (report) => void reviewReport.parse(report))));

  for (const format of ['text', 'md', 'json', 'sarif'] as const)
    it(`has no hidden character as ${format}`, () =>
      fc.assert(
        fc.property(anyReport, (report) => {
          const shown = render(format, report, plain);
          assert.ok(shown.endsWith('\n'));
          assert.doesNotMatch(shown.replaceAll('\n', ''), hidden);
        }),
      ));

  it('says the same with and without colour', () =>
    fc.assert(
      fc.property(anyReport, (report) => {
        const coloured = render('text', report, { ...plain, colour: true });
        assert.equal(stripVTControlCharacters(coloured), render('text', report, plain));
      }),
    ));

  it('quotes within the width of the terminal, and within 100 columns', () =>
    fc.assert(
      fc.property(anyReport, fc.integer({ min: 40, max: 200 }), (report, columns) => {
        for (const line of render('text', report, { ...plain, columns }).split('\n'))
          if (/^ *(?:instead +)?│/.test(line))
            assert.ok(columnsOf(line) <= Math.min(columns, 100), line);
      }),
    ));

  it('is the same value when its JSON is read', () =>
    fc.assert(
      fc.property(anyReport, (report) => {
        assert.deepEqual(
          JSON.parse(render('json', report, plain)),
          JSON.parse(JSON.stringify(report)),
        );
      }),
    ));
});
