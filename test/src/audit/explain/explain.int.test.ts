import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { tmpdir } from 'node:os';
import { agentAddress, budgetAddress, threadAddress } from '../../../../events/index.ts';
import {
  explainDecision,
  renderExplanation,
  replay,
  type Explanation,
} from '../../../../src/audit/index.ts';
import { dataDir, openReadOnly, type DataDir } from '../../../../src/log/index.ts';
import { explanation } from '../../../../src/audit/explain/explanation.ts';
import { endSilence } from '../../../../src/review/index.ts';
import { columnsOf } from '../../../../src/shared/text/index.ts';
import { cutsOf, forkOn, goOnWith } from '../../../support/forks.ts';
import { agreed, escalated, halved, writeHistory, type Chapter } from '../../../support/history.ts';
import { bzzzIn } from '../../../support/inProcess.ts';
import { openTestNode, steppingClock } from '../../../support/testNode.ts';
import type { Attack } from '../attack.ts';
import { changing, Forger } from '../forger.ts';

const decision = (task: string, number: number | string): string =>
  `${threadAddress('shop', task)}/decisions/${number}`;
/** Two against one on the second item, and no vote comes too late: the decision waits for all three. */
const heard: Chapter = { ...agreed, policy: { minParticipants: 3 } };
const byText = (a: unknown, b: unknown): number => (String(a) < String(b) ? -1 : 1);
const reviewer = agentAddress('reviewer', 'reviewer', 'shop');
const performance = agentAddress('performance', 'performance', 'shop');
const architect = agentAddress('architect', 'architect', 'shop');
const budget = budgetAddress('shop');

describe('the explanation of a decision', () => {
  let root = '';
  let honest: DataDir;
  /** One without checkpoints: what is signed again after a change contradicts none. */
  let unsealed: DataDir;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'bzzz-test-'));
    honest = await writeHistory(join(root, 'honest'), [
      heard,
      { ...escalated, answer: 'approved' },
      halved,
      { ...escalated, task: 'pr-4' },
    ]);
    const node = await openTestNode(honest.root);
    node.clock.skip(7_200_000);
    await endSilence({ actors: node.host, clock: node.clock }, threadAddress('shop', 'pr-4'));
    await node.close();
    unsealed = await writeHistory(join(root, 'unsealed'), [heard, escalated], 'killed');
  });
  after(() => rm(root, { recursive: true, force: true }));

  const explained = (address: string, dir = honest): Promise<Explanation> =>
    explainDecision(() => openReadOnly(dir), address);

  let copies = 0;
  async function forged(attack: Attack, address: string): Promise<Explanation> {
    const dir = dataDir(join(root, `copy-${++copies}`));
    await cp(unsealed.root, dir.root, { recursive: true });
    await Forger.at(dir, (forger) => attack(forger, dir));
    return explained(address, dir);
  }

  it('tells who voted what, by whose proof, with which calls, for how much', async () => {
    const told = await explained(decision('pr-1', 2));
    assert.deepEqual(told.problems, []);
    assert.ok(told.holds);
    const [item, ...others] = told.items;
    assert.ok(item);
    assert.deepEqual(others, []);
    assert.partialDeepStrictEqual(item, { proposal: 'p2', outcome: 'rejected', blocks: false });
    assert.deepEqual(item.tally.recorded, item.tally.counted);
    assert.partialDeepStrictEqual(item.tally, { same: true, outcome: 'rejected' });
    const votes = item.votes.map((vote) => [vote.agent, vote.choice, vote.dissents, vote.counted]);
    assert.deepEqual(votes.toSorted(byText), [
      [architect, 'reject', false, true],
      [performance, 'reject', false, true],
      [reviewer, 'approve', true, true],
    ]);
    assert.ok(
      item.votes.every(({ statement, rationale }) => statement.verified && rationale === 'r'),
    );
    assert.deepEqual(
      item.sources.map(({ agent, title, statement }) => [agent, title, statement.verified]),
      [[reviewer, 't', true]],
    );
    assert.partialDeepStrictEqual(told.decision, { kind: 'consensus', decidedBy: 'agents' });
  });

  it('counts each call once, as the ledger has charged it', async () => {
    const told = await explained(decision('pr-1', 1));
    const calls = told.turns.flatMap((turn) => turn.calls);
    assert.equal(calls.length, 6);
    assert.deepEqual(told.cost, {
      calls: 6,
      chargedMicroUsd: calls.reduce((sum, { cost }) => sum + (cost?.chargedMicroUsd ?? 0), 0),
    });
    const logs = await openReadOnly(honest);
    const { events } = await replay(logs, budget);
    await logs.close();
    for (const { hold, cost } of calls) {
      const settled = events.find(
        ({ event }) => event.type === 'budget.settled' && event.hold === hold,
      );
      assert.ok(settled && settled.event.type === 'budget.settled');
      assert.equal(cost?.chargedMicroUsd, settled.event.amountMicroUsd);
      assert.equal(cost.seq, settled.meta.seq);
      assert.equal(cost.end, 'settled');
    }
  });

  it('tells which checkpoint covers each log it rests on', async () => {
    const { logs } = await explained(decision('pr-1', 1));
    const [node, ...others] = logs;
    assert.equal(node?.kind, 'node');
    assert.deepEqual(
      others.map(({ actor }) => actor).toSorted(),
      [threadAddress('shop', 'pr-1'), reviewer, performance, architect, budget].toSorted(),
    );
    const killed = await explained(decision('pr-1', 1), unsealed);
    assert.ok(killed.logs.every(({ sealed }) => sealed === null) && killed.holds);
    for (const { sealed, last, length, holds } of others) {
      assert.ok(holds && sealed && sealed.length > last && sealed.length <= length);
      assert.ok(sealed.seq <= (node?.last ?? 0));
    }
  });

  it('tells of a verdict by the votes on every proposal', async () => {
    const told = await explained(decision('pr-1', 3));
    assert.partialDeepStrictEqual(told.decision, {
      kind: 'verdict',
      outcome: 'changes_requested',
      decidedBy: 'agents',
      blocking: ['p1'],
      escalation: null,
    });
    assert.deepEqual(
      told.items.map(({ proposal, outcome, decision: by }) => [proposal, outcome, by]),
      [
        ['p1', 'accepted', 1],
        ['p2', 'rejected', 2],
      ],
    );
    const dropped = await explained(decision('pr-3', 1));
    const failed = dropped.participants.filter((each) => each.failed !== null);
    assert.deepEqual(
      failed.map(({ agent }) => agent),
      [architect],
    );
  });

  it('tells who decided where the agents could not', async () => {
    const { decision: verdict, items, holds } = await explained(decision('pr-2', 1));
    assert.ok(holds);
    assert.partialDeepStrictEqual(verdict, {
      kind: 'verdict',
      outcome: 'approved',
      decidedBy: 'person',
      by: 'ann',
      note: 'ok',
    });
    assert.partialDeepStrictEqual(verdict.escalation, { reason: 'undecided', escalation: 1 });
    assert.ok(items.every(({ outcome, decision: by }) => outcome === 'undecided' && by === null));
    assert.ok(items.every(({ votes, round }) => votes.length === 3 && round === 2));
    const silent = await explained(decision('pr-4', 1));
    assert.partialDeepStrictEqual(silent.decision, { decidedBy: 'silence', by: null, note: null });
    assert.ok(silent.holds);
  });

  it('reads the same every time, and fits a page', async () => {
    for (const address of [decision('pr-1', 3), decision('pr-2', 1)]) {
      const [text, again] = [
        renderExplanation(await explained(address)),
        renderExplanation(await explained(address)),
      ];
      assert.equal(text, again);
      for (const line of text.split('\n')) assert.ok(columnsOf(line) <= 100, line);
      assert.match(text, new RegExp(`^HOLDS  ${address.replaceAll('*', String.raw`\*`)}\n`));
      assert.doesNotMatch(text, /\u001b/);
    }
  });

  it('says so at the top, and exits 1, when a block of a vote was forged', async () => {
    const dir = dataDir(join(root, 'forged'));
    await cp(honest.root, dir.root, { recursive: true });
    await Forger.at(dir, async (forger) => {
      const key = await forger.keyOf(reviewer);
      const seq = (await forger.events(reviewer)).findIndex(
        ({ event }) => event.type === 'agent.vote.stated',
      );
      await forger.changeBlock(key, seq, (was) =>
        Buffer.from(Buffer.from(was).toString().replace('"approve"', '"abstain"')),
      );
    });
    const { code, out } = await bzzzIn(
      root,
      'audit',
      'explain',
      decision('pr-1', 1),
      '--data',
      dir.root,
    );
    assert.equal(code, 1);
    assert.match(out, /^DOES NOT HOLD {2}bzzz/);
    assert.match(out, /tree: the block of event \d+ does not have the hash/);
    assert.match(out, /signature {5}NOT VERIFIED: event \d+ of the agent has the hash/);
    // The same decision, of another thread, rests on that log too.
    assert.equal((await explained(decision('pr-3', 1), dir)).holds, false);
  });

  const attacks: readonly { name: string; attack: Attack; check: string }[] = [
    {
      name: 'a vote that was never said',
      attack: (forger) =>
        forger.rewrite(reviewer, (events) => {
          const vote = events.findIndex(({ event }) => event.type === 'agent.vote.stated');
          return events.toSpliced(vote, 1);
        }),
      check: 'entry',
    },
    {
      name: 'the words of a vote exchanged',
      attack: (forger) =>
        forger.rewrite(reviewer, (events) => {
          const review = events.find(({ event }) => event.type === 'agent.review.stated');
          const at = events.findIndex(({ event }) => event.type === 'agent.vote.stated');
          const box = Buffer.alloc(64).toString('base64');
          return events.map((recorded, seq) =>
            seq === at && review?.body
              ? { ...recorded, body: { subject: review.body.subject, box } }
              : recorded,
          );
        }),
      check: 'entry',
    },
    {
      name: 'a vote turned round in the thread',
      attack: (forger) =>
        forger.rewrite(
          threadAddress('shop', 'pr-1'),
          changing('thread.vote.cast', (event) => ({ ...event, choice: 'abstain' })),
        ),
      check: 'entry',
    },
    {
      name: 'a false tally',
      attack: (forger) =>
        forger.rewrite(
          threadAddress('shop', 'pr-1'),
          changing('thread.consensus.reached', (event) => ({
            ...event,
            tally: { ...event.tally, approve: event.tally.approve + 1 },
          })),
        ),
      check: 'consensus',
    },
    {
      name: 'a settlement with another price',
      attack: (forger) =>
        forger.rewrite(
          budget,
          changing('budget.settled', (event) => ({
            ...event,
            amountMicroUsd: event.amountMicroUsd - 1,
            reportedMicroUsd: event.reportedMicroUsd - 1,
          })),
        ),
      check: 'cost',
    },
    {
      name: 'a log of a voter that is gone',
      attack: async (forger) => forger.remove(await forger.keyOf(performance)),
      check: 'register',
    },
  ];
  for (const { name, attack, check } of attacks) {
    it(`does not hold after ${name}`, async () => {
      const told = await forged(attack, decision('pr-1', 1));
      assert.equal(told.holds, false);
      const checks = told.problems.map((problem) => problem.check);
      assert.ok(checks.includes(check), checks.join(', '));
      assert.match(renderExplanation(told), /^DOES NOT HOLD/);
    });
  }

  it('reads a bundle as well, with the texts whose keys are in it', async () => {
    const address = threadAddress('shop', 'pr-1');
    const told: Explanation[] = [];
    for (const keys of [[], ['--with-keys']]) {
      const place = join(root, `bundle-${keys.length}`);
      const data = ['--data', honest.root];
      await bzzzIn(root, 'audit', 'export', address, ...keys, '--out', place, ...data);
      const { code, out, err } = await bzzzIn(
        root,
        'audit',
        'explain',
        decision('pr-1', 1),
        place,
        '--json',
      );
      assert.equal(code, 0, err);
      told.push(explanation.parse(JSON.parse(out)));
    }
    const rationales = told.map(({ items }) => items[0]?.votes.map(({ rationale }) => rationale));
    assert.deepEqual(rationales, [Array(3).fill(null), Array(3).fill('r')]);
    assert.ok(told.every(({ holds }) => holds));
  });

  it('is not shaken by what is wrong elsewhere', async () => {
    const told = await forged(
      (forger) => forger.rewrite(threadAddress('shop', 'pr-2'), (events) => events.toSpliced(3, 1)),
      decision('pr-1', 1),
    );
    assert.deepEqual(
      told.problems.filter(({ actor }) => actor.includes('pr-2')),
      [],
    );
  });

  it('tells of the decisions of a fork, with votes that were cast in its origin', async () => {
    const clock = steppingClock();
    const dir = await writeHistory(join(root, 'forked'), [heard], 'killed', clock);
    const node = await openTestNode(dir.root, clock);
    const origin = threadAddress('shop', 'pr-1');
    const seq = (await cutsOf(node, origin)).at(-2) ?? 0;
    const { thread: fork } = await forkOn(node, origin, { seq, model: 'other', task: 'what-if' });
    await goOnWith(node, fork, () => ({
      votes: ['p1', 'p2'].map((proposal) => ({
        proposal,
        choice: 'reject',
        confidencePct: 70,
        rationale: 'other',
        evidence: [{ path: 'pay.ts', line: 2 }],
      })),
    }));
    await node.close();
    const told = await explained(decision('what-if', 1), dir);
    assert.deepEqual(told.problems, []);
    const votes = told.items.flatMap((item) => item.votes);
    assert.ok(votes.length >= 2 && votes.every(({ statement }) => statement.verified));
    assert.ok(votes.some(({ rationale }) => rationale === 'r'));
    const models = told.turns.flatMap(({ calls }) => calls.map(({ model }) => model));
    assert.ok(models.includes('m'));
  });

  it('says that a decision is lost, not that there was none', async () => {
    const dir = dataDir(join(root, 'lost'));
    await cp(unsealed.root, dir.root, { recursive: true });
    await Forger.at(dir, async (forger) => {
      const key = await forger.keyOf(threadAddress('shop', 'pr-1'));
      await forger.deleteBlock(key, (await forger.blocksOf(key)).length - 1);
    });
    await assert.rejects(explained(decision('pr-1', 3), dir), {
      code: 'LOG_CORRUPT',
      message: /not in what is left of its thread/,
    });
  });

  it('refuses what is no decision, and says how many there are', async () => {
    for (const address of [
      threadAddress('shop', 'pr-1'),
      decision('pr-1', 'x'),
      decision('pr-1', 0),
      `${decision('pr-1', 1)}/votes`,
      `${reviewer}/decisions/1`,
      'pr-1',
    ])
      await assert.rejects(explained(address), { code: 'ADDRESS_INVALID' }, address);
    await assert.rejects(explained(decision('pr-9', 1)), { code: 'NOT_FOUND' });
    await assert.rejects(explained(decision('pr-1', 4)), {
      code: 'NOT_FOUND',
      data: { decisions: 3 },
      message: /has 3 decisions/,
    });
    const { code, err } = await bzzzIn(
      root,
      'audit',
      'explain',
      decision('pr-1', 4),
      '--data',
      honest.root,
    );
    assert.equal(code, 2);
    assert.match(err, /has 3 decisions/);
  });
});
