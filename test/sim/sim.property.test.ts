import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import { Disk } from './disk.ts';
import { simulate } from './simulate.ts';

const steps = 5000;

/** Says that all is safe, and does nothing. */
class LyingDisk extends Disk {
  override sync(): void {
    return undefined;
  }
}

describe('a simulated node', () => {
  for (const seed of [1, 2, 3]) {
    it(`keeps its promises through deaths, power cuts and disk errors, seed ${seed}`, async () => {
      const went = await simulate({ seed, steps });
      assert.ok(went.steps >= steps, JSON.stringify(went));
      const { kills, powerCuts, reviews, calls, promises } = went;
      for (const [name, count] of Object.entries({ kills, powerCuts, reviews, calls }))
        assert.ok(count >= 3, `only ${count} ${name}`);
      assert.ok(promises > 300, `only ${promises} acknowledged events`);
    });
  }

  // A seed that breaks a promise is printed; what it found becomes a test of its own.
  for (const seed of [randomInt(2 ** 31), randomInt(2 ** 31)]) {
    it(`keeps them with a seed drawn just now, ${seed}`, async () => {
      await simulate({ seed, steps });
    });
  }

  it('is caught when its disk lies about a sync', () =>
    assert.rejects(
      simulate({ seed: 4, steps: 20_000, disk: new LyingDisk(4) }),
      /acknowledged and/,
    ));
});
