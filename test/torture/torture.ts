import { Dice } from './dice.ts';
import { Lane, type Figures } from './lane.ts';
import { checkSame } from './oracle.ts';
import { stories } from './stories.ts';

export type Torture = {
  readonly kills: number;
  readonly seed: number;
  /** Data directories tormented at the same time. */
  readonly lanes: number;
  readonly tell?: (line: string) => void;
};

export type Outcome = Figures & { readonly seed: number; readonly durationMs: number };

/**
 * Reviews with real processes that are killed with SIGKILL at any moment and started again, until so many
 * have died. Throws at the first broken promise: with the seed, and the directory, which is kept. The seed
 * decides what is tried; when exactly a signal arrives is the machine's to say.
 */
export async function torture({ kills, seed, lanes, tell }: Torture): Promise<Outcome> {
  const startedMs = performance.now();
  const undisturbed = reviewInPeace(new Dice(seed));
  const open = await Promise.all(
    Array.from({ length: lanes }, (_, index) => Lane.open(new Dice(seed + index + 1))),
  );
  const plan = { given: false };
  const died = (): number => sum(open).kills;
  const mayKill = (): boolean => !plan.given && died() < kills;

  const torment = async (lane: Lane): Promise<void> => {
    do {
      const story = lane.dice.oneOf(...stories);
      const report = await lane.review(story, mayKill);
      checkSame((await undisturbed).get(story), report);
      const { reviews, kills: killed } = sum(open);
      tell?.(`${killed} of ${kills} kills, ${reviews} reviews`);
    } while (mayKill());
    await lane.verify();
  };
  const ended = await Promise.allSettled(
    open.map(async (lane) => {
      await torment(lane).catch((cause: unknown) => {
        plan.given = true;
        throw withSeed(cause, seed, lane);
      });
    }),
  );
  for (const lane of open) await lane.close();
  for (const lane of ended) if (lane.status === 'rejected') throw lane.reason;
  for (const { place } of open) await place.remove();
  return { ...sum(open), seed, durationMs: Math.round(performance.now() - startedMs) };
}

/** How each story goes when nobody disturbs it. */
async function reviewInPeace(dice: Dice) {
  const lane = await Lane.open(dice);
  try {
    const reports = new Map<string, Awaited<ReturnType<Lane['review']>>>();
    for (const story of stories) reports.set(story, await lane.review(story, () => false));
    await lane.verify();
    return reports;
  } finally {
    await lane.close();
    await lane.place.remove();
  }
}

function withSeed(cause: unknown, seed: number, { place }: Lane): Error {
  const what = cause instanceof Error ? cause.message : String(cause);
  return new Error(`${what} (seed ${seed}, data kept in ${place.data})`, { cause });
}

function sum(lanes: readonly Lane[]): Figures {
  const total = (name: keyof Figures): number =>
    lanes.reduce((so, { figures }) => so + figures[name], 0);
  return {
    kills: total('kills'),
    reviews: total('reviews'),
    restarts: total('restarts'),
    calls: total('calls'),
    callsCutOff: total('callsCutOff'),
    callsMadeAgain: total('callsMadeAgain'),
    acknowledged: total('acknowledged'),
    events: total('events'),
  };
}
