import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { dataDir } from '../../../../src/log/index.ts';
import type { Actors } from '../../../../src/ports.ts';
import { Dice } from '../../../support/dice.ts';
import { complaintsOf } from '../../../support/paidBooks.ts';
import { runLoad, type LoadOutcome, type Twist } from '../../../support/paidLoad.ts';
import { anyPlan, setCapOf, type Incident, type LoadPlan } from '../../../support/paidPlan.ts';
import { withTempDir } from '../../../support/testNode.ts';
import { withHandle } from '../../../support/wrap.ts';
import { auditOf, told } from '../../audit/attack.ts';

/**
 * The heart of the matter, on real logs: whatever models, prices, limits, aborts, clocks and kills do, no cap
 * is passed by one micro-dollar, and nothing that a provider bills is left unpaid.
 *
 *   BZZZ_CAP_SEED=7    the same loads again; the seed stands in the names of the tests
 *   BZZZ_CAP_RUNS=500  more of the small loads (default 25)
 *   BZZZ_CAP_LARGE=9   more of the large ones (default 1)
 */
const seed = numberOf('BZZZ_CAP_SEED', randomInt(2 ** 31));
const smallRuns = numberOf('BZZZ_CAP_RUNS', 25);
const largeRuns = numberOf('BZZZ_CAP_LARGE', 1);

function numberOf(name: string, otherwise: number): number {
  return Number(process.env[name] ?? otherwise);
}

/** A thousand calls at once over every kind of scope, through several deaths. */
function largePlan(number: number): LoadPlan {
  const dice = new Dice(seed, `large load ${number}`);
  const kinds = ['task', 'thread', 'agent', 'role', 'project', 'day', 'month', 'team'] as const;
  const capped = kinds.filter(() => dice.chance(60));
  const whats = ['killed before', 'killed after', 'expiry', 'pause', 'new cap'] as const;
  return {
    seed: dice.whole(0, 2 ** 31),
    isTiny: dice.chance(30),
    turns: 1000,
    agents: dice.whole(5, 20),
    tasks: dice.whole(3, 12),
    capsPct: Object.fromEntries(['project', ...capped].map((kind) => [kind, dice.whole(40, 150)])),
    holdMs: dice.one(2000, 60_000),
    incidents: Array.from({ length: 8 }, (): Incident => ({
      at: dice.whole(1, 4500),
      what: dice.one(...whats),
    })).concat({ at: 1500, what: 'killed after' }),
  };
}

async function keepsCaps(plan: LoadPlan): Promise<LoadOutcome> {
  return withTempDir(async (dir) => {
    const outcome = await runLoad(dir, plan);
    assert.deepEqual(complaintsOf(outcome), []);
    const report = await auditOf(dataDir(dir));
    assert.ok(report.intact, told(report));
    return outcome;
  });
}

describe(`no cap is passed, and nothing is left unpaid (BZZZ_CAP_SEED=${seed})`, () => {
  it('by any small load', () =>
    fc.assert(
      fc.asyncProperty(anyPlan(24), async (plan) => {
        await keepsCaps(plan);
      }),
      { seed, numRuns: smallRuns },
    ));

  for (let number = 1; number <= largeRuns; number++)
    it(`by a thousand parallel calls, ${number}`, async (t: TestContext) => {
      const { bills, lives, ledger, ends } = await keepsCaps(largePlan(number));
      t.diagnostic(`${bills.length} bills, ${ledger.length} entries, ${lives} lives`);
      t.diagnostic(JSON.stringify(ends));
    });
});

/** A load without incidents, in which all there is to complain about is what a twist does. */
const quiet: LoadPlan = {
  seed: 11,
  isTiny: false,
  turns: 24,
  agents: 3,
  tasks: 2,
  capsPct: { task: 60, day: 200 },
  holdMs: 60_000,
  incidents: [],
};

/** Nobody waits for money here. */
const wide: LoadPlan = { ...quiet, capsPct: { task: 10_000 } };

async function complaintsWith(twist: Twist, plan = quiet): Promise<string> {
  return withTempDir(async (dir) => complaintsOf(await runLoad(dir, plan, twist)).join('\n'));
}

/** Actors that forget commands of a kind, and say that they were done. */
function forgetting(type: string): Twist {
  return {
    actors: (actors) =>
      withHandle(actors, async (instruction) =>
        instruction.command.type === type
          ? { events: [], hashes: [], version: 0, durability: 'disk', repeated: false }
          : actors.handle(instruction),
      ),
  };
}

/** Lifts every cap for a moment whenever money is asked for. */
function letsThrough(actors: Actors): Actors {
  let lifts = 0;
  return withHandle(actors, async (instruction) => {
    if (instruction.command.type !== 'hold') return actors.handle(instruction);
    const lift = `lift/${++lifts}`;
    await setCapOf(actors, 'task', 1e12 + lifts, 'mallory', lift);
    return actors.handle(instruction);
  });
}

describe('the books object', () => {
  it('to nothing in a quiet load', async () => {
    assert.equal(await complaintsWith({}), '');
  });

  it('to a hold that was let through', async () => {
    assert.match(await complaintsWith({ actors: letsThrough }), /task:pr-\d+ has \d+ of \d+/);
  });

  it('to a settlement that was forgotten', async () => {
    assert.match(await complaintsWith(forgetting('settle'), wide), /was left to expire/);
  });

  it('to a charge that was forgotten', async () => {
    assert.match(await complaintsWith(forgetting('charge'), wide), /was left to expire/);
  });

  it('to a call that was billed and is set free', async () => {
    const freeing: Twist = {
      actors: (actors) =>
        withHandle(actors, async (instruction) => {
          const { actor, commandId, command } = instruction;
          if (command.type === 'charge')
            await actors.handle({
              kind: 'budget',
              actor,
              commandId: `${commandId}/freed`,
              command: { type: 'release', hold: command.hold, reason: 'freed' },
            });
          return actors.handle(instruction);
        }),
    };
    assert.match(await complaintsWith(freeing), /is billed \d+ and charged 0/);
  });

  it('to a provider that reports half of what it bills', async () => {
    assert.match(await complaintsWith({ toldPct: 50 }), /is billed \d+ and charged \d+/);
  });
});
