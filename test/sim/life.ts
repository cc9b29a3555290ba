import { nodeAddress, threadAddress } from '../../events/index.ts';
import { createCalls } from '../../src/llm/calls/index.ts';
import type { DataDir } from '../../src/log/index.ts';
import { SubjectKeys } from '../../src/log/subjectKeys.ts';
import { SubjectVault } from '../../src/log/vault.ts';
import type { Clock } from '../../src/ports.ts';
import type { ReviewDeps } from '../../src/review/deps.ts';
import { endLeftTurns } from '../../src/review/endLeftTurns.ts';
import { openReview } from '../../src/review/open.ts';
import { performWork } from '../../src/review/perform.ts';
import { rememberReview } from '../../src/review/remember.ts';
import { endSilence } from '../../src/review/silence.ts';
import { ActorHost, drive } from '../../src/runtime/index.ts';
import { plainTexts, testPolicy, testRole } from '../support/testNode.ts';
import { Store, type Disk, type Wait } from './disk.ts';
import type { Oracle } from './oracle.ts';
import { answer } from './person.ts';
import type { Provider } from './provider.ts';
import type { Dice } from '../support/dice.ts';
import type { Turns } from './turns.ts';

export const node = { name: 'local', actor: nodeAddress('local') };
const roles = ['architect', 'reviewer', 'performance'];
const diff = `diff --git a/pay.ts b/pay.ts
--- a/pay.ts
+++ b/pay.ts
@@ -1,2 +1,4 @@
 import { run } from './run.ts';
+eval(input);
+run(secret);
 export { run };
`;

/** What outlives a process. */
export type World = {
  readonly disk: Disk;
  readonly dir: DataDir;
  readonly clock: Clock;
  readonly turns: Turns;
  readonly provider: Provider;
  readonly oracle: Oracle;
  readonly dice: Dice;
};

/** A review that somebody wants, with what it may cost in micro-dollars. */
export type Task = { readonly name: string; readonly capMicroUsd: number };

/** One process, from its start to its end, whichever way that comes. */
export class Life {
  readonly #world: World;
  #isDead = false;

  constructor(world: World) {
    this.#world = world;
  }

  /** From now on nothing comes back to it: it waits for ever. */
  end(): void {
    this.#isDead = true;
    this.#world.turns.forget();
  }

  /** Brings all reviews to their ends, with a person who answers; throws what the process would end with. */
  async run(tasks: readonly Task[]): Promise<void> {
    const { disk, dir, clock, oracle, provider, dice } = this.#world;
    disk.reopen();
    const store = new Store(disk, this.#wait);
    const vault = new SubjectVault(new SubjectKeys(dir.keys), store.blobs);
    const host = await ActorHost.start({
      store: {
        open: (actor) => store.open(actor),
        reach: (durability) => store.reach(durability),
        vault,
        blobsHead: () => store.blobsHead(),
        heads: () => store.heads(),
      },
      clock,
      snapshotsDir: dir.snapshots,
      node: { address: node.actor, name: node.name, version: '0.0.0' },
      activeMax: dice.whole(1, 12),
    });
    const actors = oracle.listening(host);
    const paid = {
      actors,
      vault,
      clock,
      gateway: provider.gateway(this.#wait),
      redactor: plainTexts,
    };
    const deps: ReviewDeps = {
      ...paid,
      calls: createCalls({ ...paid, holdMs: 60_000, labels: {} }),
      models: { economy: 'm', standard: 'm', premium: 'm' },
      maxTokens: { review: 50, vote: 50, discuss: 50, summarise: 50 },
      contextTokens: 60_000,
      countTokens: (text) => Math.ceil(text.length / 4),
      choice: 'role',
      turnMs: 60_000,
      roles: roles.map(testRole),
    };
    const stop = new AbortController();
    const reviews = tasks.map(async (task) => {
      try {
        await this.#review(host, deps, task, stop.signal);
      } catch (error) {
        stop.abort(error);
      }
    });
    await Promise.all(reviews);
    // Whoever stops because of trouble still tries to stop in good order.
    const stopped = host.stop();
    if (stop.signal.aborted) {
      await stopped.catch(() => undefined);
      throw stop.signal.reason;
    }
    await stopped;
  }

  async #review(host: ActorHost, deps: ReviewDeps, task: Task, signal: AbortSignal): Promise<void> {
    const thread = threadAddress('shop', task.name);
    await openReview(deps, {
      project: 'shop',
      task: task.name,
      diff,
      policy: { ...testPolicy, discussionRounds: 1 },
      deadlineMs: 600_000,
      budget: {
        limitsMicroUsd: { task: task.capMicroUsd, day: 50_000 },
        alertsPct: [50, 80, 100],
      },
    });
    await endSilence(deps, thread);
    for (;;) {
      const perform = (
        address: string,
        work: Parameters<typeof performWork>[2],
        inner: AbortSignal,
      ) => performWork(deps, address, work, inner);
      await drive({ host, thread, perform, signal });
      await endLeftTurns(deps, thread);
      const state = await deps.actors.state('thread', thread);
      if (state?.context.verdict) break;
      await this.#wait('person');
      await answer(deps, thread, this.#world.dice, this.#wait);
    }
    await rememberReview(deps, thread);
  }

  readonly #wait: Wait = async (name) => {
    if (this.#isDead) await never;
    if (name !== null) await this.#world.turns.next(name);
  };
}

const never = new Promise<void>(() => undefined);
