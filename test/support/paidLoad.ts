import { setTimeout as sleep } from 'node:timers/promises';
import { nodeAddress, Refusal, Unavailable, type EventOf } from '../../events/index.ts';
import { createCalls } from '../../src/llm/calls/index.ts';
import { dataDir, writeNodeFile } from '../../src/log/index.ts';
import type { Actors, ModelCalls, ModelGateway, PaidTurn } from '../../src/ports.ts';
import { Superseded } from '../../src/shared/abort.ts';
import { Dice } from './dice.ts';
import type { LoadRecord } from './paidBooks.ts';
import { Killed, Life } from './paidLife.ts';
import {
  budget,
  labels,
  openLoad,
  optionsOf,
  setCap,
  turnsOf,
  type Incident,
  type LoadPlan,
} from './paidPlan.ts';
import { paidProvider, type PaidProvider } from './paidProvider.ts';
import { openTestNode, plainTexts, steppingClock, type TestNode } from './testNode.ts';

/** What is made to go wrong in a load, so that somebody has to notice. */
export type Twist = {
  readonly actors?: (actors: Actors) => Actors;
  /** Part of what the provider bills that it reports, in percent. */
  readonly toldPct?: number;
};

export type LoadOutcome = LoadRecord & {
  /** How many turns ended how; `answered` is the good end. */
  readonly ends: Readonly<Record<string, number>>;
  readonly lives: number;
};

/** The load crosses midnight and the end of a month on its way. */
const startMs = Date.parse('2026-11-30T23:59:59.700Z');
const turnMs = 20_000;

/** Runs a plan on a real node, through all the deaths in it, and leaves the folder to the auditor. */
export async function runLoad(
  root: string,
  plan: LoadPlan,
  twist: Twist = {},
): Promise<LoadOutcome> {
  const load = new Load(plan, twist);
  const clock = steppingClock(startMs);
  for (;;) {
    const node = await openTestNode(root, clock);
    try {
      if (load.lives === 0) await prepare(root, node);
      if (await load.live(node)) return await load.close(node);
    } finally {
      await node.drop();
    }
  }
}

// The auditor asks who writes here.
async function prepare(root: string, { host }: TestNode): Promise<void> {
  const log = host.logOf(nodeAddress('local')) ?? '';
  await writeNodeFile(dataDir(root), { format: 1, name: 'local', log });
}

class Load {
  lives = 0;
  readonly #plan: LoadPlan;
  readonly #twist: Twist;
  readonly #provider: PaidProvider;
  readonly #quote: ModelGateway['quote'];
  readonly #incidents: Incident[];
  readonly #ends = new Map<string, string>();
  readonly #answered = new Set<string>();
  readonly #askedAgain: string[] = [];
  /** Ends a turn, by turn. */
  readonly #stops = new Map<string, () => void>();
  #commands = 0;

  constructor(plan: LoadPlan, twist: Twist) {
    this.#plan = plan;
    this.#twist = twist;
    this.#provider = paidProvider({
      seed: plan.seed,
      isTiny: plan.isTiny,
      toldPct: twist.toldPct ?? 100,
    });
    this.#quote = (request) => this.#provider.quote(request);
    this.#provider.onAttempt = (turn, dice) => {
      if (dice.chance(8)) setTimeout(() => this.#stops.get(turn)?.(), dice.whole(0, 3));
    };
    this.#incidents = plan.incidents.toSorted((a, b) => a.at - b.at);
  }

  /** Lives until every turn has ended, which is true, or until killed. */
  async live(node: TestNode): Promise<boolean> {
    const { host, store, clock } = node;
    if (this.lives++ === 0) await openLoad(host, store.vault, this.#plan, this.#quote);
    const life = new Life();
    const actors = life.through(this.#twist.actors?.(host) ?? host, {
      onCommand: () => this.#happens(node),
      onDone: (command) => this.#note(command),
    });
    const calls = createCalls({
      actors,
      vault: store.vault,
      clock,
      gateway: this.#provider,
      redactor: plainTexts,
      holdMs: this.#plan.holdMs,
      labels,
    });
    const turns = turnsOf(this.#plan).map((turn) => this.#take(turn, actors, calls, life));
    const failed = (await Promise.allSettled(turns))
      .flatMap((end): unknown[] => (end.status === 'rejected' ? [end.reason] : []))
      .filter((reason) => !(reason instanceof Killed));
    if (failed.length > 0) throw failed[0];
    return !life.isOver;
  }

  /** Lets the last holds expire, and writes down what there is. */
  async close({ host, clock }: TestNode): Promise<LoadOutcome> {
    const ledger = await host.state('budget', budget);
    const leftOpen = Object.keys(ledger?.context.holds ?? {});
    clock.skip(this.#plan.holdMs + 1);
    await expire(host, 'last');
    const agents = new Set(turnsOf(this.#plan).map(({ agent }) => agent));
    const events: EventOf<'agent'>[] = [];
    for (const agent of agents)
      for await (const { event } of host.events('agent', agent)) events.push(event);
    const budgetEvents: EventOf<'budget'>[] = [];
    for await (const { event } of host.events('budget', budget)) budgetEvents.push(event);
    const ends: Record<string, number> = {};
    for (const end of this.#ends.values()) ends[end] = (ends[end] ?? 0) + 1;
    return {
      ledger: budgetEvents,
      agents: events,
      bills: this.#provider.bills,
      leftOpen,
      askedAgain: this.#askedAgain,
      slotsOut: this.#provider.slotsOut,
      ends,
      lives: this.lives,
    };
  }

  async #take(turn: PaidTurn, actors: Actors, calls: ModelCalls, life: Life): Promise<void> {
    if (this.#ends.has(turn.turn) || (await this.#hasEnded(turn, actors))) return;
    const dice = new Dice(this.#plan.seed, `${turn.turn} in life ${this.lives}`);
    const tell = teller(actors, turn);
    if (this.lives > 1 && dice.chance(30)) return this.#giveUp(turn, actors, calls);
    const { turn: id, thread } = turn;
    await tell('start', { type: 'startTurn', turn: id, thread, kind: 'review', round: 0 });
    const stop = this.#stopOf(id, dice);
    const signal = AbortSignal.any([life.signal, stop]);
    try {
      await calls.call(turn, optionsOf(this.#plan, turn, this.lives), read, signal);
      await tell('conclude', { type: 'conclude', turn: id, statements: [] });
      this.#ends.set(id, 'answered');
    } catch (error) {
      if (life.isOver) throw life.signal.reason;
      const reason = reasonOf(error);
      if (reason === null) throw error;
      await tell('fail', { type: 'failTurn', turn: id, reason });
      this.#ends.set(id, reason);
    }
  }

  /** Turns end at their deadline, some at any moment, for the reasons that a review has. */
  #stopOf(turn: string, dice: Dice): AbortSignal {
    const end = new AbortController();
    const reason = dice.one(
      new Refusal('TURN_TIMED_OUT', 'the turn was not over in time'),
      new Superseded('nobody waits any more'),
      new Error('stopped'),
    );
    const stop = (): void => end.abort(reason);
    this.#stops.set(turn, stop);
    const afterMs = dice.chance(10) ? dice.whole(0, 40) : turnMs;
    void sleep(afterMs, undefined, { ref: false }).then(stop);
    return end.signal;
  }

  /** Ended in a life that did not hear of it any more. */
  async #hasEnded({ turn, agent }: PaidTurn, actors: Actors): Promise<boolean> {
    if (this.lives === 1) return false;
    const concluded = await actors.outcome('agent', agent, `${turn}/conclude`);
    const failed = await actors.outcome('agent', agent, `${turn}/fail`);
    const [event] = failed?.events.map((recorded) => recorded.event) ?? [];
    if (concluded) this.#ends.set(turn, 'answered');
    else if (event?.type === 'agent.turn.failed') this.#ends.set(turn, event.reason);
    return this.#ends.has(turn);
  }

  /** As a review does with turns that nobody waits for any more. */
  async #giveUp(turn: PaidTurn, actors: Actors, calls: ModelCalls): Promise<void> {
    const agent = await actors.state('agent', turn.agent);
    if (agent?.context.turns[turn.turn]) {
      await calls.abandon(turn);
      await teller(actors, turn)('fail', {
        type: 'failTurn',
        turn: turn.turn,
        reason: 'superseded',
      });
    }
    this.#ends.set(turn.turn, 'superseded');
  }

  async #happens(node: TestNode): Promise<'before' | 'after' | null> {
    const number = ++this.#commands;
    const [next] = this.#incidents;
    if (!next || next.at > number) return null;
    this.#incidents.shift();
    switch (next.what) {
      case 'killed before':
        return 'before';
      case 'killed after':
        return 'after';
      case 'pause':
        node.clock.skip(this.#plan.holdMs);
        return null;
      case 'expiry':
        node.clock.skip(this.#plan.holdMs);
        await expire(node.host, String(number));
        return null;
      case 'new cap': {
        const dice = new Dice(this.#plan.seed, `cap at ${number}`);
        const kinds = Object.keys(this.#plan.capsPct);
        const kind = kinds[dice.whole(0, kinds.length - 1)] ?? 'task';
        await setCap(node.host, this.#plan, this.#quote, kind, dice.whole(30, 170));
        return null;
      }
    }
  }

  #note(command: { readonly type: string; readonly turn?: string; readonly call?: string }): void {
    const { type, turn = '', call = '' } = command;
    if (type === 'startCall') {
      if (this.#answered.has(turn)) this.#askedAgain.push(turn);
      this.#provider.onCall(turn, call);
    }
    if (type === 'completeCall') this.#answered.add(turn);
    if (type === 'rejectAnswer') this.#answered.delete(turn);
  }
}

function teller(actors: Actors, { turn, agent }: PaidTurn) {
  type Command = Parameters<typeof actors.handle<'agent'>>[0]['command'];
  return (name: string, command: Command) =>
    actors.handle({ kind: 'agent', actor: agent, commandId: `${turn}/${name}`, command });
}

async function expire(actors: Actors, name: string): Promise<void> {
  await actors.handle({
    kind: 'budget',
    actor: budget,
    commandId: `expire/${name}`,
    command: { type: 'expire' },
  });
}

function reasonOf(error: unknown): string | null {
  if (error instanceof Superseded) return 'superseded';
  if (error instanceof Error && error.message === 'stopped') return 'stopped';
  const isKnown =
    (error instanceof Refusal && expected.includes(error.code)) ||
    (error instanceof Unavailable && error.code === 'MODEL_UNAVAILABLE');
  return isKnown ? error.code : null;
}

const expected = [
  'BUDGET_NEVER_FITS',
  'BUDGET_TRANSIENT',
  'MODEL_ANSWER_INVALID',
  'MODEL_REJECTED',
  'TURN_TIMED_OUT',
];

function read(text: string): unknown {
  if (text.startsWith('{')) return JSON.parse(text);
  throw new Refusal('MODEL_ANSWER_INVALID', 'no JSON');
}
