import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { ReviewReport } from '../../../../src/review/index.ts';
import { render, type Format } from '../../../../src/review/render/index.ts';
import { changesRequested, clean, escalated, overruled } from './reports.ts';

/** After a change that is meant: `node --test --test-update-snapshots` with the path of this file. */
const golden = join(import.meta.dirname, '../../../golden/render');

function matches(
  t: TestContext,
  report: ReviewReport,
  file: string,
  format: Format,
  options: { colour?: boolean; columns?: number } = {},
): void {
  const shown = render(format, report, { colour: false, version: '0.1.0', ...options });
  t.assert.fileSnapshot(shown, join(golden, file), { serializers: [String] });
}

describe('a rendered report', () => {
  for (const [name, report] of Object.entries({ changesRequested, escalated, overruled, clean })) {
    it(`shows ${name} as text`, (t) => matches(t, report, `${name}.txt`, 'text'));
    it(`shows ${name} as Markdown`, (t) => matches(t, report, `${name}.md`, 'md'));
  }
  it('fits a narrow terminal', (t) =>
    matches(t, changesRequested, 'changesRequested.narrow.txt', 'text', { columns: 60 }));
  it('has colour when asked', (t) =>
    matches(t, changesRequested, 'changesRequested.colour.txt', 'text', { colour: true }));
  it('is SARIF for code scanning', (t) =>
    matches(t, changesRequested, 'changesRequested.sarif', 'sarif'));
});
