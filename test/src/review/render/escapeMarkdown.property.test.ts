import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { codeSpan, escapeMarkdown } from '../../../../src/review/render/escapeMarkdown.ts';
import { linesOf } from '../../../../src/shared/text/index.ts';
import { hostileText } from './anyReport.ts';

const anyLine = hostileText.chain((text) => fc.constantFrom('', ...linesOf(text)));

/** What a reader of the rendered Markdown sees. */
function shown(markdown: string): string {
  const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', nbsp: ' ', '#8203': '' };
  return markdown.replaceAll(
    /\\([!-/:-@[-`{-~])|&(\w+|#8203);/g,
    (_all, mark: string | undefined, entity: string) => mark ?? entities[entity] ?? '?',
  );
}

describe('escaped Markdown', () => {
  it('shows the text as it is', () =>
    fc.assert(fc.property(anyLine, (line) => assert.equal(shown(escapeMarkdown(line)), line))));

  it('holds nothing that Markdown, GitHub or GitLab would act on', () =>
    fc.assert(
      fc.property(anyLine, (line) => {
        const live = escapeMarkdown(line).replaceAll(
          /\\[!-/:-@[-`{-~]|&(?:amp|lt|gt|nbsp|#8203);/g,
          '\u200b',
        );
        assert.doesNotMatch(live, /[<>&`*_[\]|~$\\]|[@#!]\w|:\/\/|www\./i);
        assert.doesNotMatch(live, /^(?:\s|[-+=#/]|\d+[.)])/);
      }),
    ));
});

describe('a code span', () => {
  for (const [text, markdown] of [
    ['src/a.ts:1', '`src/a.ts:1`'],
    ['a`b', '``a`b``'],
    ['`a', '`` `a ``'],
    ['a``` b', '````a``` b````'],
    [' a ', '`  a  `'],
  ] as const)
    it(`around ${JSON.stringify(text)} is ${markdown}`, () =>
      assert.equal(codeSpan(text), markdown));
});
