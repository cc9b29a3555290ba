import { parseAddress, type BzzzEvent, type Recorded } from '../../../../events/index.ts';
import type { Dice } from '../../../support/dice.ts';
import { alteration } from './alteration.ts';
import { decisions, otherChoice } from './decisions.ts';
import { seen, type AttackClass, type Family } from './family.ts';
import {
  altered,
  another,
  everyNamed,
  logOf,
  named,
  ofKind,
  pick,
  type Log,
  type Place,
  type Placed,
  type Scene,
} from './scene.ts';

type Fact<Type extends BzzzEvent['type']> = Extract<BzzzEvent, { type: Type }>;

const msOf = ({ meta }: Recorded): number => Date.parse(meta.at);

const moved: AttackClass = {
  name: 'a reordered event',
  variants: 30,
  on: 'both',
  draw(scene, dice) {
    const log = pick(
      dice,
      scene.logs.filter(({ kind }) => kind !== 'node'),
    );
    if (!log || log.events.length < 3) return null;
    const to = dice.whole(0, log.events.length - 2);
    const from = dice.whole(to + 1, log.events.length - 1);
    const [early, late] = [log.events[to], log.events[from]];
    // Events of one moment are another attack.
    if (!early || !late || msOf(early) === msOf(late)) return null;
    const events = log.events.toSpliced(from, 1).toSpliced(to, 0, late);
    return {
      what: `event ${from} of ${log.actor} as event ${to}`,
      attack: (forger) => forger.record(log.key, events),
      ...seen(
        scene,
        [log.key],
        [
          {
            check: ['envelope', 'law', 'entry', 'consensus', 'cost'],
            log: log.key,
            seq: [to, to + 1],
          },
        ],
      ),
    };
  },
};

/** Two votes, or two findings, of one agent, which it gave at the same moment. */
const shuffled: AttackClass = {
  name: 'events of one moment in another order',
  variants: 12,
  on: 'both',
  draw(scene, dice) {
    const thread = pick(dice, ofKind(scene, 'thread'));
    if (!thread) return null;
    const seq = dice.whole(0, thread.events.length - 2);
    const [first, second] = [thread.events[seq], thread.events[seq + 1]];
    if (!first || !second || first.event.type !== second.event.type) return null;
    const spoken = ['thread.vote.cast', 'thread.finding.entered', 'thread.message.posted'];
    if (!spoken.includes(first.event.type) || msOf(first) !== msOf(second)) return null;
    return {
      what: `events ${seq} and ${seq + 1} of ${thread.actor}`,
      attack: (forger) =>
        forger.record(thread.key, thread.events.with(seq, second).with(seq + 1, first)),
      ...seen(
        scene,
        [thread.key],
        [{ check: 'entry', log: thread.key, seq: seq + 1, field: 'ref.seq' }],
      ),
    };
  },
};

/** Statements of one turn in another order, in the log of the agent. */
const restated: AttackClass = {
  name: 'statements in another order',
  variants: 10,
  on: 'both',
  draw(scene, dice) {
    const agent = pick(dice, ofKind(scene, 'agent'));
    const stated = agent && pick(dice, named(agent, 'agent.vote.stated'));
    if (!stated) return null;
    const { log, seq } = stated;
    const next = log.events[seq + 1];
    const cast = entryOf(scene, stated);
    if (next?.event.type !== 'agent.vote.stated' || !cast) return null;
    return {
      what: `events ${seq} and ${seq + 1} of ${log.actor}`,
      attack: (forger) =>
        forger.record(log.key, log.events.with(seq, next).with(seq + 1, stated.recorded)),
      ...seen(scene, [log.key], [{ check: 'entry', log: cast.log.key, seq: cast.seq }]),
    };
  },
};

/** The event of a thread in which a statement was entered. */
function entryOf(scene: Scene, { log, seq }: Place): Placed<'thread.vote.cast'> | undefined {
  return everyNamed(scene, 'thread.vote.cast').find(
    ({ event }) => event.ref.log === log.key && event.ref.seq === seq,
  );
}

/** Facts that look lawful, and are not where they stand. */
const unlawful: AttackClass = {
  name: 'a lawful-looking event that the machine refuses',
  variants: 40,
  on: 'both',
  draw(scene, dice) {
    const log = pick(
      dice,
      scene.logs.filter(({ kind }) => kind === 'thread' || kind === 'agent'),
    );
    if (!log) return null;
    const at = dice.whole(1, log.events.length);
    const before = log.events[at - 1];
    const event = before && (log.kind === 'thread' ? intoThread : intoAgent)(log, at, dice);
    if (!before || !event) return null;
    return {
      what: `${JSON.stringify(event)} as event ${at} of ${log.actor}`,
      attack: (forger) =>
        forger.record(log.key, log.events.toSpliced(at, 0, another(before, event, dice))),
      ...seen(scene, [log.key], [{ check: 'law', log: log.key, seq: at, field: 'event' }]),
    };
  },
};

function had(log: Log, at: number, ...types: BzzzEvent['type'][]): boolean {
  return log.events.slice(0, at).some(({ event }) => types.includes(event.type));
}

function intoThread(log: Log, at: number, dice: Dice): BzzzEvent | null {
  const opened = named(log, 'thread.review.opened')[0];
  const ended = named(log, 'thread.turn.ended').filter(({ seq }) => seq < at);
  const proposals = named(log, 'thread.vote.opened')[0]?.event.proposals ?? [];
  switch (dice.one('closed', 'again', 'round', 'opened', 'answer', 'silence')) {
    case 'closed':
      return had(log, at, 'thread.verdict.reached') || !opened || at <= opened.seq
        ? null
        : { type: 'thread.closed', by: 'ann' };
    case 'again':
      return pick(dice, ended)?.event ?? null;
    case 'round':
      return proposals.length === 0
        ? null
        : { type: 'thread.vote.opened', round: dice.whole(3, 9), proposals };
    case 'opened':
      return opened && at > opened.seq ? opened.event : null;
    case 'answer':
      return had(log, at, 'thread.escalated')
        ? null
        : { type: 'thread.discussion.opened', round: dice.whole(2, 9), proposals: ['p1'] };
    case 'silence':
      return had(log, at, 'thread.escalated')
        ? null
        : { type: 'thread.escalation.defaulted', escalation: 1, verdict: 'approved' };
  }
}

function intoAgent(log: Log, at: number, dice: Dice): BzzzEvent | null {
  const started = named(log, 'agent.turn.started').filter(({ seq }) => seq < at);
  const turn = pick(dice, started)?.event;
  switch (dice.one('registered', 'resumed', 'completed', 'rejected', 'failed')) {
    case 'registered':
      return log.events[0]?.event ?? null;
    case 'resumed':
      return { type: 'agent.resumed', by: 'ann' };
    case 'completed':
      return turn ? { type: 'agent.turn.completed', turn: `${turn.turn}x` } : null;
    case 'rejected':
      return turn
        ? { type: 'agent.answer.rejected', turn: turn.turn, call: 'none', reason: 'x' }
        : null;
    case 'failed':
      return turn ? { type: 'agent.turn.failed', turn: `${turn.turn}x`, reason: 'x' } : null;
  }
}

const neverSigned = alteration(
  { name: 'a vote counted that the agent never signed', variants: 20, type: 'thread.vote.cast' },
  ({ event }, dice, scene) => {
    const { ref } = event;
    const own = scene.logs.find(({ key }) => key === ref.log);
    const seq = dice.whole(0, (own?.events.length ?? 0) + 5);
    if (seq === ref.seq) return null;
    return { event: { ...event, ref: { ...ref, seq } }, expected: { check: 'entry' } };
  },
);

const falseHash = alteration(
  { name: 'a vote bound to words that nobody said', variants: 10, type: 'thread.vote.cast' },
  ({ event }, dice) => {
    const at = dice.whole(0, 63);
    const digit = (Number.parseInt(event.ref.hash.charAt(at), 16) ^ dice.whole(1, 15)).toString(16);
    const hash = event.ref.hash.slice(0, at) + digit + event.ref.hash.slice(at + 1);
    return {
      event: { ...event, ref: { ...event.ref, hash } },
      expected: { check: 'entry', field: 'ref.hash' },
    };
  },
);

const turnedInThread = alteration(
  { name: 'a vote turned round in the thread', variants: 12, type: 'thread.vote.cast' },
  ({ event }) => ({
    event: { ...event, choice: otherChoice(event.choice) },
    expected: { check: 'entry', field: 'choice' },
  }),
);

const turnedByAgent: AttackClass = {
  name: 'a vote turned round in the log of its agent',
  variants: 12,
  on: 'both',
  draw(scene, dice) {
    const stated = pick(dice, everyNamed(scene, 'agent.vote.stated'));
    const cast = stated && entryOf(scene, stated);
    if (!stated || !cast) return null;
    const { log, event } = stated;
    const other = { ...event, choice: otherChoice(event.choice) };
    return {
      what: `event ${stated.seq} of ${log.actor}: ${other.choice}`,
      attack: (forger) => forger.record(log.key, altered(stated, other)),
      ...seen(
        scene,
        [log.key],
        [{ check: 'entry', log: cast.log.key, seq: cast.seq, field: 'choice' }],
      ),
    };
  },
};

const otherFinding = alteration(
  { name: 'a finding entered as another one', variants: 10, type: 'thread.finding.entered' },
  ({ event }, dice) => {
    const field = dice.one('severity', 'confidencePct', 'kind');
    const other: Fact<'thread.finding.entered'> = {
      ...event,
      ...(field === 'severity' && { severity: dice.one('info', 'low', 'medium', 'critical') }),
      ...(field === 'confidencePct' && { confidencePct: dice.whole(0, 100) }),
      ...(field === 'kind' && { kind: `kind${dice.whole(1, 99)}` }),
    };
    return { event: other, expected: { check: 'entry', field } };
  },
);

const falseItem = alteration(
  { name: 'a proposal that the findings do not make', variants: 8, type: 'thread.proposal.made' },
  ({ event }, dice) => ({
    event: {
      ...event,
      ...dice.one<Partial<Fact<'thread.proposal.made'>>>(
        { severity: 'info' },
        { kind: `kind${dice.whole(1, 99)}` },
        { sources: event.sources.slice(0, 1).concat(event.sources.slice(0, 1)) },
      ),
    },
    expected: { check: 'law', field: 'event' },
  }),
);

const lentLog = alteration(
  {
    name: 'a participant with the log or the role of another',
    variants: 12,
    type: 'thread.review.opened',
  },
  ({ event }, dice) => {
    const one = dice.whole(0, event.participants.length - 1);
    const two = dice.whole(0, event.participants.length - 1);
    const [mine, theirs] = [event.participants[one], event.participants[two]];
    if (!mine || !theirs || one === two) return null;
    const field = dice.one('log', 'role');
    const participants = event.participants.with(one, { ...mine, [field]: theirs[field] });
    return {
      event: { ...event, participants },
      expected: { check: 'entry', field: `participants.${one}.${field}` },
    };
  },
);

/** A word is missing in the thread; the agent has it on record. */
const leftOut: AttackClass = {
  name: 'a statement left out of the thread',
  variants: 12,
  on: 'both',
  draw(scene, dice) {
    const thread = pick(dice, ofKind(scene, 'thread'));
    const posted =
      thread &&
      pick(dice, [
        ...named(thread, 'thread.message.posted'),
        ...named(thread, 'thread.objection.raised'),
      ]);
    if (!posted) return null;
    const { ref, agent } = posted.event;
    return {
      what: `event ${posted.seq} of ${thread.actor}, said by ${agent}`,
      attack: (forger) => forger.record(thread.key, thread.events.toSpliced(posted.seq, 1)),
      ...seen(
        scene,
        [thread.key],
        [{ check: 'entry', log: ref.log, seq: ref.seq, field: 'entered' }],
      ),
    };
  },
};

const uncounted: AttackClass = {
  name: 'a vote left out of the thread',
  variants: 12,
  on: 'both',
  draw(scene, dice) {
    const cast = pick(dice, everyNamed(scene, 'thread.vote.cast'));
    if (!cast) return null;
    const { log, seq, event } = cast;
    const decided = named(log, 'thread.consensus.reached').find(
      ({ event: fact }) => fact.proposal === event.proposal && fact.round === event.round,
    );
    if (!decided || decided.seq < seq) return null;
    return {
      what: `event ${seq} of ${log.actor}, the vote of ${event.agent}`,
      attack: (forger) => forger.record(log.key, log.events.toSpliced(seq, 1)),
      ...seen(scene, [log.key], [{ check: 'consensus', log: log.key, seq: decided.seq - 1 }]),
    };
  },
};

/** Whoever would vote otherwise is said to have dropped out. */
const silenced: AttackClass = {
  name: 'an agent said to have dropped out',
  variants: 14,
  on: 'both',
  draw(scene, dice) {
    const ended = pick(dice, everyNamed(scene, 'thread.turn.ended'));
    if (!ended) return null;
    const { log, seq, event } = ended;
    const { agent, turn, round } = event;
    const words = log.events.filter(
      ({ event: said }) =>
        'ref' in said && said.agent === agent && 'round' in said && said.round === round,
    );
    const failed: BzzzEvent = {
      type: 'thread.participant.failed',
      agent,
      reason: dice.one('MODEL_UNAVAILABLE', 'TURN_TIMED_OUT', 'MODEL_ANSWER_INVALID'),
    };
    const kept = log.events.filter((one) => turn === 'discuss' || !words.includes(one));
    const at = kept.indexOf(ended.recorded);
    if (turn === 'discuss' && seq === 0) return null;
    return {
      what: `the turn ${turn} ${round} of ${agent} in ${log.actor}: ${failed.reason}`,
      attack: (forger) =>
        forger.record(log.key, kept.with(at, { ...ended.recorded, event: failed })),
      ...seen(scene, [log.key], [{ check: 'entry', log: log.key, seq: at, field: 'reason' }]),
    };
  },
};

const hastened: AttackClass = {
  name: 'a deadline that passed before its time',
  variants: 10,
  on: 'both',
  draw(scene, dice) {
    const thread = pick(dice, ofKind(scene, 'thread'));
    const opened = thread && named(thread, 'thread.review.opened')[0];
    if (!opened) return null;
    const verdict = named(thread, 'thread.verdict.reached')[0]?.seq ?? thread.events.length;
    const seq = dice.whole(opened.seq + 1, verdict);
    const before = thread.events[seq - 1];
    const at = opened.event.deadlineAt;
    if (!before || before.meta.at >= at) return null;
    const event: BzzzEvent = { type: 'thread.deadline.passed', deadline: 'review', at };
    return {
      what: `the deadline ${at} of ${thread.actor}, as event ${seq}`,
      attack: (forger) =>
        forger.record(thread.key, thread.events.toSpliced(seq, 0, another(before, event, dice))),
      ...seen(
        scene,
        [thread.key],
        [{ check: 'envelope', log: thread.key, seq, field: 'event.at' }],
      ),
    };
  },
};

/** A date is moved, alone, or with the id that was made at it. */
const redated: AttackClass = {
  name: 'timestamps moved',
  variants: 25,
  on: 'both',
  draw(scene, dice) {
    const log = pick(
      dice,
      scene.logs.filter(({ kind }) => kind !== 'node'),
    );
    if (!log) return null;
    const whole = dice.chance(50);
    const seq = dice.whole(1, log.events.length - 1);
    const [before, recorded] = [log.events[seq - 1], log.events[seq]];
    if (!before || !recorded) return null;
    const ms = whole
      ? msOf(before) - dice.whole(1, 86_400_000)
      : msOf(recorded) + dice.one(-1, 1) * dice.whole(1, 86_400_000);
    const at = new Date(ms).toISOString();
    const time = ms.toString(16).padStart(12, '0');
    const id = `${time.slice(0, 8)}-${time.slice(8)}${recorded.meta.id.slice(13)}`;
    const meta = { ...recorded.meta, at, ...(whole && { id }) };
    return {
      what: `event ${seq} of ${log.actor} dated ${at}${whole ? ', and its id' : ''}`,
      attack: (forger) => forger.record(log.key, log.events.with(seq, { ...recorded, meta })),
      ...seen(scene, [log.key], [{ check: 'envelope', log: log.key, seq, field: 'meta.at' }]),
    };
  },
};

/** An agent remembers an end that its thread has not come to. */
const remembered: AttackClass = {
  name: 'a thread whose end is gone, and remembered',
  variants: 8,
  on: 'unsealed',
  draw(scene, dice) {
    const noted = pick(dice, everyNamed(scene, 'agent.memory.noted'));
    if (!noted) return null;
    const thread = logOf(scene, noted.event.thread);
    const verdict = named(thread, 'thread.verdict.reached')[0];
    if (!verdict) return null;
    return {
      what: `${thread.actor} without its last events, from ${verdict.seq} on`,
      attack: (forger) => forger.record(thread.key, thread.events.slice(0, verdict.seq)),
      finds: [{ check: 'entry', log: thread.key, seq: verdict.seq, field: 'verdict' }],
    };
  },
};

/** Somebody who was not invited takes a turn. */
const uninvited: AttackClass = {
  name: 'a turn for a thread that did not ask',
  variants: 8,
  on: 'unsealed',
  draw(scene, dice) {
    const agent = pick(dice, ofKind(scene, 'agent'));
    const thread = pick(dice, ofKind(scene, 'thread'));
    const last = agent?.events.at(-1);
    if (!agent || !thread || !last) return null;
    const round = dice.whole(4, 9);
    const kind = dice.one('vote', 'discuss');
    const { task } = parseAddress(thread.actor);
    const turn = `${task}/${kind}/${round}/x`;
    const event = { type: 'agent.turn.started', turn, thread: thread.actor, kind, round } as const;
    return {
      what: `${kind} ${round} of ${agent.actor} in ${thread.actor}`,
      attack: (forger) => forger.record(agent.key, [...agent.events, another(last, event, dice)]),
      finds: [{ check: 'entry', log: thread.key, seq: thread.events.length, field: 'turn' }],
    };
  },
};

export const story: Family = {
  name: 'the story',
  classes: [
    moved,
    shuffled,
    restated,
    unlawful,
    neverSigned,
    falseHash,
    turnedInThread,
    turnedByAgent,
    otherFinding,
    falseItem,
    lentLog,
    leftOut,
    uncounted,
    silenced,
    hastened,
    redated,
    remembered,
    uninvited,
    ...decisions,
  ],
};
