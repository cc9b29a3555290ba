import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Refusal, Unavailable, type ModelPrice } from '../../../../events/index.ts';
import { createRetry } from '../../../../src/llm/index.ts';
import { Superseded, wait } from '../../../../src/shared/abort.ts';
import {
  answer,
  benchGateway,
  budget,
  never,
  option,
  quoteOf,
  withBench,
  type Bench,
} from '../../../support/callsBench.ts';
import { testPrice } from '../../../support/scriptedGateway.ts';
import { withHandle } from '../../../support/wrap.ts';

const text = (said: string): string => said;
const fine = () => benchGateway(async () => answer('fine', 10));

/** Reads `{...}` only. */
function json(said: string): unknown {
  if (said.startsWith('{')) return JSON.parse(said);
  throw new Refusal('MODEL_ANSWER_INVALID', 'no JSON');
}

function unavailable(billable: boolean): Unavailable {
  return new Unavailable('MODEL_UNAVAILABLE', 'away', { data: { status: 503, billable } });
}

/** Types of the events of a bench, without those that prepare it. */
async function types(bench: Bench): Promise<{ money: string[]; said: string[] }> {
  const [money, said] = [await bench.money(), await bench.said()];
  const news = (type: string): boolean => !/limit|opened|price|registered|turn/.test(type);
  return {
    money: money.map(({ type }) => type).filter(news),
    said: said.map(({ type }) => type).filter(news),
  };
}

async function spent(bench: Bench, scope = 'task:pr-1'): Promise<number> {
  const ledger = await bench.ledger();
  assert.deepEqual(ledger.holds, {});
  return ledger.spent[scope] ?? 0;
}

describe('a model call', () => {
  it(
    'is held, started, answered and settled, in that order and under one id',
    withBench({ task: 1000 }, async (bench) => {
      const order: string[] = [];
      const actors = withHandle(bench.node.host, async (instruction) => {
        order.push(instruction.commandId);
        return bench.node.host.handle(instruction);
      });
      const gateway = fine();
      const calls = bench.calls(gateway, { actors });
      assert.equal(await calls.call(await bench.turn('t'), [option(50)], text, never), 'fine');
      const steps = ['hold', 'start', 'complete', 'settle'];
      assert.deepEqual(
        order,
        steps.map((step) => `t/call/1/${step}`),
      );
      assert.deepEqual(await types(bench), {
        money: ['budget.held', 'budget.settled'],
        said: ['agent.call.started', 'agent.call.completed'],
      });
      assert.deepEqual([await spent(bench), gateway.slotsOut()], [60, 0]);
    }),
  );

  it(
    'whose answer cannot be kept is paid for, and over',
    withBench({ task: 1000 }, async (bench) => {
      const { vault } = bench.node.store;
      const full: typeof vault = {
        ...vault,
        seal: (subject, body) => vault.seal(subject, body),
        open: (body) => vault.open(body),
        openBlob: (subject, ref) => vault.openBlob(subject, ref),
        sealBlob: (subject, body) =>
          body === 'fine'
            ? Promise.reject(new Refusal('BLOB_TOO_LARGE', 'too long'))
            : vault.sealBlob(subject, body),
      };
      const calls = bench.calls(fine(), { vault: full });
      const failing = calls.call(await bench.turn('t'), [option(50)], text, never);
      await assert.rejects(failing, { code: 'BLOB_TOO_LARGE' });
      assert.deepEqual(await types(bench), {
        money: ['budget.held', 'budget.hold.charged'],
        said: ['agent.call.started', 'agent.call.failed'],
      });
      assert.equal(await spent(bench), 100);
    }),
  );

  it(
    'is not made again when its answer is on record, and the price book has forgotten the model',
    withBench({ task: 1000 }, async (bench) => {
      const { host } = bench.node;
      const dying = withHandle(host, (instruction) =>
        instruction.commandId.endsWith('/settle')
          ? Promise.reject(new Error('killed'))
          : host.handle(instruction),
      );
      const turn = await bench.turn('t');
      const first = bench.calls(fine(), { actors: dying }).call(turn, [option(50)], text, never);
      await assert.rejects(first, /killed/);
      assert.deepEqual(Object.keys((await bench.ledger()).holds), ['t/call/1']);
      const gateway = benchGateway(() => Promise.reject(new Error('asked again')), {
        quote: () => {
          throw new Refusal('MODEL_UNKNOWN', 'no price');
        },
      });
      const calls = bench.calls(gateway);
      assert.equal(await calls.call(turn, [option(50)], text, never), 'fine');
      assert.equal(await spent(bench), 60, 'settled at the recorded price');
      assert.equal(await calls.call(turn, [option(50)], text, never), 'fine');
      assert.deepEqual([await spent(bench), gateway.seen.length], [60, 0]);
    }),
  );

  for (const [step, code] of [
    ['hold', 'DATA_DIR_UNWRITABLE'],
    ['start', 'DATA_DIR_UNWRITABLE'],
  ] as const) {
    it(
      `is not made when the store cannot take its ${step}`,
      withBench({ task: 1000 }, async (bench) => {
        const { host } = bench.node;
        const full = withHandle(host, (instruction) =>
          instruction.commandId.endsWith(`/${step}`)
            ? Promise.reject(new Unavailable('DATA_DIR_UNWRITABLE', 'no space left'))
            : host.handle(instruction),
        );
        const gateway = fine();
        const turn = await bench.turn('t');
        const failing = bench
          .calls(gateway, { actors: full })
          .call(turn, [option(50)], text, never);
        await assert.rejects(failing, { code });
        assert.deepEqual([gateway.seen, gateway.slotsOut()], [[], 0]);
        await bench.calls(gateway).abandon(turn);
        assert.equal(await spent(bench), 0);
      }),
    );
  }

  it(
    'asks once to mend an answer, and pays for both',
    withBench({ task: 1000 }, async (bench) => {
      const gateway = benchGateway(async (_request, _how, number) =>
        number === 1 ? answer('what?', 10) : answer('{"a":1}', 20),
      );
      const turn = await bench.turn('t');
      assert.deepEqual(await bench.calls(gateway).call(turn, [option(50)], json, never), { a: 1 });
      assert.match(gateway.seen[1]?.messages[1]?.content ?? '', /what\?/);
      assert.equal(await spent(bench), 60 + 70);
      const choices = (await bench.said()).flatMap((event) =>
        event.type === 'agent.call.started' ? [event.choice] : [],
      );
      assert.deepEqual(choices, ['tier.standard', 'repair.tier.standard']);
    }),
  );

  it(
    'gives up after the second answer that cannot be used, and has both on record and paid',
    withBench({ task: 1000 }, async (bench) => {
      const gateway = benchGateway(async () => answer('what?', 10));
      const calls = bench.calls(gateway);
      const turn = await bench.turn('t');
      const invalid = { code: 'MODEL_ANSWER_INVALID' };
      await assert.rejects(calls.call(turn, [option(50)], json, never), invalid);
      await assert.rejects(calls.call(turn, [option(50)], json, never), invalid, 'nor later');
      const completed = (await bench.said()).filter(({ type }) => type === 'agent.call.completed');
      assert.deepEqual([completed.length, gateway.seen.length, await spent(bench)], [2, 2, 120]);
    }),
  );

  for (const [finishReason, attempts] of [
    ['length', 2],
    ['refusal', 1],
    ['content_filter', 1],
  ] as const)
    it(
      `whose answer ends with ${finishReason} is made ${attempts} times, and paid`,
      withBench({ task: 1000 }, async (bench) => {
        const gateway = benchGateway(async () => answer('{}', 10, { finishReason }));
        const call = bench.calls(gateway).call(await bench.turn('t'), [option(50)], json, never);
        await assert.rejects(call, { code: 'MODEL_ANSWER_INVALID' });
        assert.deepEqual([gateway.seen.length, await spent(bench)], [attempts, 60 * attempts]);
      }),
    );

  it(
    'goes by the next option when the first can never fit, and pays nothing for that',
    withBench({ task: 100 }, async (bench) => {
      const gateway = fine();
      const options = [option(500, 'dear', 'first'), option(40, 'cheap', 'second')];
      await bench.calls(gateway).call(await bench.turn('t'), options, text, never);
      assert.deepEqual(
        gateway.seen.map(({ model }) => model),
        ['cheap'],
      );
      assert.equal(await spent(bench), 60);
      const held = (await bench.money()).filter(({ type }) => type === 'budget.held');
      assert.equal(held.length, 1);
    }),
  );

  it(
    'is refused for good when no option fits, and gives its slot back',
    withBench({ task: 50 }, async (bench) => {
      const gateway = fine();
      const call = bench.calls(gateway).call(await bench.turn('t'), [option(10)], text, never);
      await assert.rejects(call, { code: 'BUDGET_NEVER_FITS' });
      assert.deepEqual([gateway.seen.length, gateway.slotsOut(), await spent(bench)], [0, 0, 0]);
    }),
  );

  it(
    "goes to a fallback when a model is away, and holds at each model's own price",
    withBench({ task: 10_000 }, async (bench) => {
      const rates = { ...testPrice.tiers.standard.base };
      for (const kind of ['input', 'cachedInput', 'cacheWrite', 'output', 'reasoning'] as const)
        rates[kind] = 3_000_000;
      const dear: ModelPrice = { ...testPrice, tiers: { standard: { base: rates, long: null } } };
      const gateway = benchGateway(
        async ({ model }) =>
          model === 'm' ? Promise.reject(unavailable(false)) : answer('fine', 10),
        {
          fallbacks: () => ['spare'],
          quote: (request) => quoteOf(request, request.model === 'spare' ? dear : testPrice),
        },
      );
      await bench.calls(gateway).call(await bench.turn('t'), [option(50)], text, never);
      const held = (await bench.money()).flatMap((event) =>
        event.type === 'budget.held' ? [[event.hold, event.model, event.amountMicroUsd]] : [],
      );
      assert.deepEqual(held, [
        ['t/call/1', 'm', 100],
        ['t/call/2', 'spare', 300],
      ]);
      assert.deepEqual([await spent(bench), gateway.slotsOut()], [180, 0]);
    }),
  );

  it(
    'is answered also when its hold expires just before it is settled',
    withBench({ task: 1000 }, async (bench) => {
      const { host, clock } = bench.node;
      const actors = withHandle(host, async (instruction) => {
        const { commandId } = instruction;
        if (commandId.endsWith('/settle')) {
          clock.skip(60_001);
          const command = { type: 'expire' } as const;
          await host.handle({ kind: 'budget', actor: budget, commandId: 'expire', command });
        }
        return host.handle(instruction);
      });
      const calls = bench.calls(fine(), { actors });
      assert.equal(await calls.call(await bench.turn('t'), [option(50)], text, never), 'fine');
      assert.equal(await spent(bench), 100, 'charged in full');
    }),
  );

  it(
    'tells of text as it arrives',
    withBench({ task: 1000 }, async (bench) => {
      const heard: string[] = [];
      const gateway = benchGateway(async (_request, { onText }) => {
        for (const piece of ['fi', 'ne']) onText?.(piece);
        return answer('fine', 10);
      });
      const onText = ({ call, text: piece }: { call: string; text: string }): void => {
        heard.push(`${call} ${piece}`);
      };
      await bench.calls(gateway, { onText }).call(await bench.turn('t'), [option(50)], text, never);
      assert.deepEqual(heard, ['t/call/1 fi', 't/call/1 ne']);
    }),
  );

  it(
    'is redacted before anything is sent or sealed, and so is its answer',
    withBench({ task: 1000 }, async (bench) => {
      const redactor = {
        redact: async (_subject: string, said: string) => said.replaceAll('Rosebud', '[name]'),
        restore: async (_subject: string, said: string) => said,
      };
      const gateway = benchGateway(async () => answer('So Rosebud it is', 10));
      const turn = await bench.turn('t');
      const asked = option(50);
      const messages = [{ role: 'user' as const, content: 'Who is Rosebud?' }];
      const options = [{ ...asked, request: { ...asked.request, messages } }];
      const said = await bench.calls(gateway, { redactor }).call(turn, options, text, never);
      assert.equal(said, 'So [name] it is');
      assert.deepEqual(gateway.seen[0]?.messages, [{ role: 'user', content: 'Who is [name]?' }]);
      const blobs = (await bench.said()).flatMap((event) => {
        if (event.type === 'agent.call.started') return [event.request];
        return event.type === 'agent.call.completed' ? [event.answer] : [];
      });
      const { vault } = bench.node.store;
      const sealed = await Promise.all(blobs.map((ref) => vault.openBlob(turn.thread, ref)));
      assert.equal(sealed.length, 2);
      for (const found of sealed) {
        assert.match(found ?? '', /\[name\]/);
        assert.doesNotMatch(found ?? '', /Rosebud/);
      }
    }),
  );
});

describe('a call that is cut off', () => {
  for (const reason of [
    new Error('stopped'),
    // What a turn ends with at its deadline.
    new Refusal('TURN_TIMED_OUT', 'late'),
  ])
    it(
      `in flight is charged what was held, whatever the reason (${reason.message})`,
      withBench({ task: 1000 }, async (bench) => {
        const stop = new AbortController();
        const gateway = benchGateway(async (_request, { signal }) => {
          stop.abort(reason);
          await wait(60_000, signal);
          return answer('fine', 10);
        });
        const turn = await bench.turn('t');
        await assert.rejects(
          bench.calls(gateway).call(turn, [option(50)], text, stop.signal),
          reason,
        );
        assert.deepEqual([await spent(bench), gateway.slotsOut()], [100, 0]);
        const charged = (await bench.money()).find(({ type }) => type === 'budget.hold.charged');
        assert.equal(charged?.type === 'budget.hold.charged' && charged.reason, 'aborted');
      }),
    );

  it(
    'while it waits for the provider holds nothing',
    withBench({ task: 1000 }, async (bench) => {
      const stop = new AbortController();
      const gateway = benchGateway(() => Promise.reject(new Error('asked')), {
        admit: async (_request, { signal }) => {
          stop.abort(new Error('stopped'));
          await wait(60_000, signal);
          throw new Error('let in');
        },
      });
      const call = bench
        .calls(gateway)
        .call(await bench.turn('t'), [option(50)], text, stop.signal);
      await assert.rejects(call, /stopped/);
      assert.deepEqual((await types(bench)).money, []);
    }),
  );

  it(
    'between money and start gives both money and slot back',
    withBench({ task: 1000 }, async (bench) => {
      const { host } = bench.node;
      const stop = new AbortController();
      const actors = withHandle(host, async (instruction) => {
        const outcome = await host.handle(instruction);
        if (instruction.commandId.endsWith('/hold')) stop.abort(new Error('stopped'));
        return outcome;
      });
      const gateway = fine();
      const calls = bench.calls(gateway, { actors });
      const turn = await bench.turn('t');
      await assert.rejects(calls.call(turn, [option(50)], text, stop.signal), /stopped/);
      assert.deepEqual([await spent(bench), gateway.seen.length, gateway.slotsOut()], [0, 0, 0]);
      assert.equal(await calls.call(turn, [option(50)], text, never), 'fine');
    }),
  );

  it(
    'with money held for one model is not made with another for that money',
    withBench({ task: 10_000 }, async (bench) => {
      const { host } = bench.node;
      const dying = withHandle(host, (instruction) =>
        instruction.commandId.endsWith('/start') && instruction.kind === 'agent'
          ? Promise.reject(new Error('killed'))
          : host.handle(instruction),
      );
      const turn = await bench.turn('t');
      const first = bench.calls(fine(), { actors: dying });
      await assert.rejects(first.call(turn, [option(10)], text, never), /killed/);
      const gateway = benchGateway(async () => answer('fine', 900));
      await bench.calls(gateway).call(turn, [option(900)], text, never);
      assert.equal(await spent(bench), 950);
    }),
  );

  it(
    'in flight by the death of the process is charged in full, once',
    withBench({ task: 1000 }, async (bench) => {
      const { host } = bench.node;
      const dying = withHandle(host, (instruction) =>
        instruction.commandId.endsWith('/complete')
          ? Promise.reject(new Error('killed'))
          : host.handle(instruction),
      );
      const turn = await bench.turn('t');
      const first = bench.calls(fine(), { actors: dying });
      await assert.rejects(first.call(turn, [option(50)], text, never), /killed/);
      const calls = bench.calls(fine());
      await calls.abandon(turn);
      await calls.abandon(turn);
      assert.equal(await spent(bench), 100);
      const { money } = await types(bench);
      assert.deepEqual(money, ['budget.held', 'budget.hold.charged']);
    }),
  );
});

describe('a call that nobody waits for any more', () => {
  it(
    'is charged what it used when it ends soon, and its turn hears no more of it',
    withBench({ task: 1000 }, async (bench) => {
      const stop = new AbortController();
      const gateway = benchGateway(async (_asked, { signal }) => {
        stop.abort(new Superseded('the vote is decided'));
        await wait(50, signal);
        return answer('late', 10);
      });
      const failing = bench
        .calls(gateway)
        .call(await bench.turn('t'), [option(50)], text, stop.signal);
      await assert.rejects(failing, { name: 'Superseded' });
      assert.deepEqual(await types(bench), {
        money: ['budget.held', 'budget.settled'],
        said: ['agent.call.started', 'agent.call.completed'],
      });
      assert.equal(await spent(bench), 60);
    }),
  );
});

describe('a model that is away', () => {
  const instead = { fallbacks: (model: string) => (model === 'm' ? ['spare'] : []) };

  it(
    'is left for another when it has no place for a call',
    withBench({ task: 1000 }, async (bench) => {
      const spare = fine();
      const full = benchGateway(async () => answer('fine', 10), {
        ...instead,
        admit: async (request, admission) => {
          if (request.model === 'm') await wait(60_000, admission.signal);
          return spare.admit(request, admission);
        },
      });
      const calls = bench.calls(full);
      assert.equal(await calls.call(await bench.turn('t'), [option(50)], text, never), 'fine');
      assert.deepEqual(
        spare.seen.map(({ model }) => model),
        ['spare'],
      );
      assert.deepEqual([await spent(bench), spare.slotsOut()], [60, 0]);
    }),
  );

  it(
    'is tried twice when it fails, and not longer than that',
    withBench({ task: 1000 }, async (bench) => {
      const failing = benchGateway(
        async ({ model }) => {
          if (model === 'm') throw unavailable(false);
          return answer('fine', 10);
        },
        { ...instead, retry: createRetry({ maxAttempts: 9, baseDelayMs: 1, maxDelayMs: 1 }) },
      );
      const calls = bench.calls(failing);
      assert.equal(await calls.call(await bench.turn('t'), [option(50)], text, never), 'fine');
      assert.deepEqual(
        failing.seen.map(({ model }) => model),
        ['m', 'm', 'spare'],
      );
    }),
  );
});
