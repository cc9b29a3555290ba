import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import { torture } from './torture.ts';

describe('a review whose process is killed again and again', () => {
  it('loses nothing, does nothing twice, and ends as if nobody had disturbed it', async (t) => {
    const outcome = await torture({ kills: 25, seed: randomInt(2 ** 31), lanes: 2 });
    t.diagnostic(JSON.stringify(outcome));
    // Kills that hit nothing would prove nothing.
    assert.ok(outcome.kills >= 25 && outcome.callsCutOff > 0, JSON.stringify(outcome));
    assert.ok(outcome.acknowledged > outcome.kills, JSON.stringify(outcome));
  });
});
