import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import fc from 'fast-check';
import { z } from 'zod';
import { projectedMicroUsd, windowsAt } from '../../../src/views/queries/windows.ts';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
const anyMoment = fc.integer({
  min: Date.parse('1971-01-01T00:00:00Z'),
  max: Date.parse('9998-12-31T23:59:59Z'),
});
const anyMoney = fc.integer({ min: 1, max: 1e13 });

function spanOf(at: string, kind: 'day' | 'month') {
  const found = windowsAt(Date.parse(at)).find((each) => each.kind === kind);
  assert.ok(found);
  const { name, startMs, endMs } = found;
  return [name, new Date(startMs).toISOString(), (endMs - startMs) / dayMs];
}

describe('a window of the budget', () => {
  it('holds the moment, and ends where the next one begins', () =>
    fc.assert(
      fc.property(anyMoment, (nowMs) => {
        for (const [index, { name, startMs, endMs }] of windowsAt(nowMs).entries()) {
          assert.ok(startMs <= nowMs && nowMs < endMs);
          assert.ok(new Date(nowMs).toISOString().startsWith(name));
          assert.equal(windowsAt(endMs)[index]?.startMs, endMs);
          assert.equal(windowsAt(startMs - 1)[index]?.endMs, startMs);
        }
      }),
    ));

  it('ends with the month, however long that is', () => {
    const months: readonly (readonly [at: string, days: number])[] = [
      ['2026-02-28T23:59:59.999Z', 28],
      ['2028-02-29T12:00:00.000Z', 29],
      ['2100-02-28T12:00:00.000Z', 28],
      ['2000-02-29T12:00:00.000Z', 29],
      ['2026-04-30T23:59:59.999Z', 30],
      ['2026-12-31T23:59:59.999Z', 31],
    ];
    for (const [at, days] of months) {
      const month = at.slice(0, 7);
      assert.deepEqual(spanOf(at, 'month'), [month, `${month}-01T00:00:00.000Z`, days]);
    }
  });

  it('turns over at midnight UTC, to the millisecond', () => {
    assert.equal(spanOf('2026-12-31T23:59:59.999Z', 'day')[0], '2026-12-31');
    assert.equal(spanOf('2027-01-01T00:00:00.000Z', 'day')[0], '2027-01-01');
    assert.equal(spanOf('2027-01-01T00:00:00.000Z', 'month')[0], '2027-01');
  });

  // Clocks change on 2026-03-29 and 2026-10-25 in Berlin, on 2026-03-08 and 2026-11-01 in New York.
  for (const zone of ['Europe/Berlin', 'America/New_York', 'Pacific/Kiritimati', 'UTC'])
    it(`lasts 24 hours and starts at midnight UTC in a process in ${zone}`, () => {
      const days = ['2026-03-08', '2026-03-29', '2026-10-25', '2026-11-01', '2028-02-29'];
      const { zoneOffsets, windows } = inZone(zone, days);
      assert.equal(new Set(zoneOffsets).size > 1, /Berlin|York/.test(zone));
      const moments = days.flatMap((day) =>
        [0, 1, 23].map((hour) => Date.parse(day) + hour * hourMs),
      );
      assert.deepEqual(
        windows,
        moments.map((at) => windowsAt(at)),
      );
      for (const [day] of windows)
        assert.deepEqual([day && day.startMs % dayMs, day && day.endMs - day.startMs], [0, dayMs]);
    });
});

describe('a forecast', () => {
  it('is spent * length / elapsed, rounded up', () => {
    const day = { startMs: 0, endMs: dayMs };
    assert.equal(projectedMicroUsd(day, 1000, 12 * hourMs), 2000);
    assert.equal(projectedMicroUsd(day, 1000, 18 * hourMs), 1334);
    assert.equal(projectedMicroUsd(day, 1, dayMs - 1), 2);
    assert.equal(projectedMicroUsd(day, 7, dayMs), 7);
  });

  it('is not made while nothing was spent, or before 1 % of the window is over', () => {
    const day = { startMs: 0, endMs: dayMs };
    assert.equal(projectedMicroUsd(day, 0, 12 * hourMs), null);
    assert.equal(projectedMicroUsd(day, 5, 0), null);
    assert.equal(projectedMicroUsd(day, 5, dayMs / 100 - 1), null);
    assert.equal(projectedMicroUsd(day, 5, dayMs / 100), 500);
  });

  it('is never below what was spent, falls while nothing is added, and ends at it', () =>
    fc.assert(
      fc.property(anyMoment, anyMoney, fc.nat({ max: 31 * dayMs }), (nowMs, spent, laterMs) => {
        for (const window of windowsAt(nowMs)) {
          const now = projectedMicroUsd(window, spent, nowMs);
          const at = Math.min(nowMs + laterMs, window.endMs);
          const then = projectedMicroUsd(window, spent, at);
          assert.equal(projectedMicroUsd(window, spent, window.endMs), spent);
          if (now === null) continue;
          assert.ok(then !== null && now >= then && then >= spent);
          assert.ok(Number.isSafeInteger(now));
        }
      }),
    ));
});

const windowShape = z.object({
  kind: z.enum(['day', 'month']),
  name: z.string(),
  startMs: z.int(),
  endMs: z.int(),
});
const told = z.object({ zoneOffsets: z.array(z.int()), windows: z.array(z.array(windowShape)) });

/** What a process with its clock in that zone says. */
function inZone(zone: string, days: readonly string[]): z.infer<typeof told> {
  const file = join(import.meta.dirname, '../../../src/views/queries/windows.ts');
  const program = `
    const { windowsAt } = await import(${JSON.stringify(pathToFileURL(file).href)});
    const moments = ${JSON.stringify(days)}.flatMap((day) =>
      [0, 1, 23].map((hour) => Date.parse(day) + hour * ${hourMs}));
    console.log(JSON.stringify({
      zoneOffsets: moments.map((at) => new Date(at).getTimezoneOffset()),
      windows: moments.map(windowsAt),
    }));`;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    env: { TZ: zone },
    encoding: 'utf8',
  });
  return told.parse(JSON.parse(out));
}
