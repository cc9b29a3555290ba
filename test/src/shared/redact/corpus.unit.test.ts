import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findSensitive } from '../../../../src/shared/redact/find.ts';
import { loadCorpus, type Case } from './corpus.ts';

const options = { personalData: true, ipAddresses: true };
const seeds = ['a', 'b', 'c', 'd', 'e'];

/** What is wrong with a case, or null. Something hidden beside what is marked counts as a false find. */
function fault(each: Case): string | null {
  const spans = findSensitive(each.text, options);
  const missed = each.hidden.find(
    ({ from, to }) => !spans.some((span) => span.from <= from && span.to >= to),
  );
  if (missed) return `missed ${each.text.slice(missed.from, missed.to)}`;
  const named = spans.find((span) => span.kind !== each.label);
  if (each.hidden.length > 0 && named) return `${named.kind} instead of ${each.label}`;
  return null;
}

function spill(each: Case): string | null {
  const stray = findSensitive(each.text, options).find(
    (span) => !each.hidden.some(({ from, to }) => span.from >= from && span.to <= to),
  );
  return stray ? `${stray.kind} ${each.text.slice(stray.from, stray.to)}` : null;
}

type Judge = (each: Case) => string | null;
const share = (cases: readonly Case[], judge: Judge): number =>
  cases.filter((each) => judge(each) === null).length / cases.length;
const percent = (part: number): string => `${(part * 100).toFixed(2)} %`;
const faults = (cases: readonly Case[], judge: Judge): string =>
  cases
    .flatMap((each) => {
      const found = judge(each);
      return found === null ? [] : [`${each.place} ${found} in ${JSON.stringify(each.text)}`];
    })
    .slice(0, 40)
    .join('\n');

describe('the corpus of sensitive texts', () => {
  const positive = seeds.flatMap((seed) => loadCorpus('positive', seed));
  const negative = seeds.flatMap((seed) => loadCorpus('negative', seed));
  const heldOut = (each: Case): boolean => each.heldOut;

  it('has at least 200 positive and 200 negative cases', () => {
    assert.ok(positive.length / seeds.length >= 200, String(positive.length / seeds.length));
    assert.ok(negative.length / seeds.length >= 200, String(negative.length / seeds.length));
  });

  it('is recognised in 99 % of the places that hold something', (t) => {
    const recall = share(positive, fault);
    t.diagnostic(`recall ${percent(recall)} of ${positive.length}`);
    t.diagnostic(`recall, held out ${percent(share(positive.filter(heldOut), fault))}`);
    assert.ok(recall >= 0.99, faults(positive, fault));
  });

  it('is left alone in 99 % of the places that only look like it', (t) => {
    const kept = share(negative, spill);
    t.diagnostic(`false positives ${percent(1 - kept)} of ${negative.length}`);
    t.diagnostic(
      `false positives, held out ${percent(1 - share(negative.filter(heldOut), spill))}`,
    );
    assert.ok(kept >= 0.99, faults(negative, spill));
  });

  it('loses nothing beside what is sensitive in 99 % of the places', (t) => {
    const exact = share(positive, spill);
    t.diagnostic(`exact ${percent(exact)} of ${positive.length}`);
    assert.ok(exact >= 0.99, faults(positive, spill));
  });
});
