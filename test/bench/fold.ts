import { createActor } from 'xstate';
import { decodeRecorded, type ActorKind, type Recorded } from '../../events/index.ts';
import { openReadOnly } from '../../src/log/index.ts';
import { actorTypes, Fold } from '../../src/shared/fold.ts';
import { withTempDir } from '../support/testNode.ts';
import { compare, rate, type Bench } from './harness.ts';
import { writeReviews } from './reviews.ts';

const reviewsFull = 60;
/** A replay of all logs takes too little time to be measured once. */
const replays = 10;

type Log = { readonly kind: ActorKind; readonly events: readonly Recorded[] };

/** Replay: the events of real reviews through the machines of their actors, and what comes before it. */
export const fold: Bench = {
  name: 'fold',
  about: 'logs of reviews, event by event; bare: send of an XState actor with the same machine',
  async run(size) {
    const logs = await withTempDir((dir) => reviewedLogs(dir, size.of(reviewsFull)));
    const events = logs.reduce((sum, { events: { length } }) => sum + length, 0);
    const blocks = logs.flatMap((log) =>
      log.events.map((recorded) => ({ text: JSON.stringify(recorded), meta: recorded.meta })),
    );
    const bytes = blocks.map(({ text, meta }) => ({
      block: Buffer.from(text),
      where: { log: meta.stream, seq: meta.seq },
    }));
    const many = (replay: () => void) => () =>
      rate(events * replays, () => {
        for (let nth = 0; nth < replays; nth++) replay();
      });
    return [
      await compare(
        size,
        { name: 'replay', unit: 'events/s', target: { ratio: 0.7 } },
        {
          ours: many(() => logs.forEach(foldLog)),
          bare: many(() => logs.forEach(sendLog)),
        },
      ),
      await compare(
        size,
        { name: 'decode (bare: JSON.parse)', unit: 'events/s' },
        {
          ours: many(() => {
            for (const { block, where } of bytes) decodeRecorded(block, where);
          }),
          bare: many(() => {
            for (const { block } of bytes) JSON.parse(block.toString());
          }),
        },
      ),
    ];
  },
};

async function reviewedLogs(root: string, reviews: number): Promise<Log[]> {
  const archive = await openReadOnly(await writeReviews(root, reviews));
  const logs: Log[] = [];
  for (const { kind, log } of await archive.logs()) {
    const events: Recorded[] = [];
    for await (const recorded of archive.events(log, 0)) events.push(recorded);
    logs.push({ kind, events });
  }
  await archive.close();
  return logs;
}

function foldLog({ kind, events }: Log): void {
  const folded = new Fold(kind);
  for (const { event, meta } of events)
    if (!folded.accept(event)) throw new TypeError(`${event.type} at ${meta.seq} is not lawful`);
}

function sendLog({ kind, events }: Log): void {
  const actor = createActor(actorTypes[kind].machine);
  actor.start();
  for (const { event } of events) actor.send(event);
}
