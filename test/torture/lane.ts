import { threadAddress } from '../../events/index.ts';
import { reviewReport, type ReviewReport } from '../../src/review/reviewReport.ts';
import { pricedConfig } from '../e2e/support/team.ts';
import { Place, type Run } from '../e2e/support/place.ts';
import { eventsOf, allOf, readChronicle, type Chronicle } from './chronicle.ts';
import type { Dice } from './dice.ts';
import {
  Broken,
  checkGrown,
  checkHeard,
  checkNotRepeated,
  checkRecorded,
  checkWhole,
  inFlight,
  spentOn,
} from './oracle.ts';
import { changeOf, type Story } from './stories.ts';
import { Witness, type Call } from './witness.ts';

/** What was done, and how often it was checked. */
export type Figures = {
  kills: number;
  reviews: number;
  /** Processes started on a review that another one had begun. */
  restarts: number;
  /** Calls that arrived at the model. */
  calls: number;
  /** Calls in flight at a kill, each charged what was held for it. */
  callsCutOff: number;
  /** Of those, the ones that were made again, as they may be. */
  callsMadeAgain: number;
  /** Lines printed and calls made that were looked for in the logs after a kill. */
  acknowledged: number;
  events: number;
};

/** What is known of a process from outside of it. */
type Life = {
  readonly run: Run;
  /** Lines of progress: each is printed once the event behind it is acknowledged. */
  readonly lines: readonly string[];
  /** Calls that arrived at the model meanwhile: each is recorded before it is made. */
  readonly calls: readonly Call[];
};

const project = 'torture';
/** Of one review; then it may end in peace. */
const killsMax = 40;

/**
 * One data directory, one review after the other, each killed again and again until it ends. Says what it
 * found after every kill, and throws Broken when a promise does not hold.
 */
export class Lane {
  readonly place: Place;
  readonly dice: Dice;
  readonly figures: Figures = {
    kills: 0,
    reviews: 0,
    restarts: 0,
    calls: 0,
    callsCutOff: 0,
    callsMadeAgain: 0,
    acknowledged: 0,
    events: 0,
  };
  readonly #witness: Witness;
  readonly #cutOff = new Set<string>();
  #chronicle: Chronicle = new Map();

  private constructor(place: Place, dice: Dice, witness: Witness) {
    this.place = place;
    this.dice = dice;
    this.#witness = witness;
  }

  static async open(dice: Dice): Promise<Lane> {
    const place = await Place.make({ 'bzzz.json': { ...pricedConfig, project } });
    return new Lane(place, dice, await Witness.start(dice));
  }

  /** One review, killed while `mayKill` says so. It ends as an undisturbed one does. */
  async review(story: Story, mayKill: () => boolean): Promise<ReviewReport> {
    const task = `r${++this.figures.reviews}`;
    const input = await this.place.write(`${task}.diff`, changeOf(story, task));
    const begin = ['review', '--diff', input, '--task', task, '--format', 'json'];
    const thread = threadAddress(project, task);
    let args: readonly string[] = begin;
    for (let kills = 0; ;) {
      const kill =
        kills < killsMax && mayKill() && this.dice.chance(0.75) ? new Killer(this.dice) : null;
      const life = await this.#live(args, kill);
      await this.#examine(life);
      const isBegun = this.#isBegun(thread);
      if (life.run.signal === 'SIGKILL') kills++;
      else if (isBegun) return this.#conclude(task, thread, endedWell(life.run));
      // Killed before anything was recorded, it cannot be resumed: only its input can begin it.
      else if (args === begin) throw new Broken('a review ended and is not recorded');
      this.figures.restarts++;
      args = isBegun
        ? this.dice.oneOf(begin, resumed([]), resumed([thread]))
        : this.dice.oneOf(begin, resumed([]), begin);
    }
  }

  /** A process from start to end; `kill` decides when it is killed. */
  async #live(args: readonly string[], kill: Killer | null): Promise<Life> {
    const from = this.#witness.calls.length;
    const { child, ended } = this.place.start(args, {
      env: { OPENAI_BASE_URL: this.#witness.baseUrl, OPENAI_API_KEY: 'test' },
    });
    const strike = (): void => void child.kill('SIGKILL');
    if (kill) {
      this.#witness.onCall = ({ delayMs }) => kill.onCall(strike, delayMs);
      child.stderr?.on('data', (text: string) => kill.onText(strike, text));
      kill.onStart(strike);
    }
    const run = await ended;
    kill?.disarm();
    this.#witness.onCall = () => undefined;
    if (run.signal === 'SIGKILL') this.figures.kills++;
    return { run, lines: progressIn(run.err), calls: this.#witness.calls.slice(from) };
  }

  async #examine(life: Life): Promise<void> {
    const before = this.#chronicle;
    const after = await readChronicle(this.place.data, before);
    this.#chronicle = after;
    this.figures.calls += life.calls.length;
    checkGrown(before, after);
    checkNotRepeated(before, life.calls);
    checkHeard(before, after, life.lines);
    // All of them: a request may arrive when the process that sent it is long dead.
    checkRecorded(after, this.#witness.calls);
    this.figures.acknowledged += life.lines.length + life.calls.length;
    for (const call of inFlight(after)) this.#cutOff.add(call);
  }

  #isBegun(thread: string): boolean {
    const events = this.#chronicle.get(thread)?.events ?? [];
    return events.some(({ event }) => event.type === 'thread.review.opened');
  }

  #conclude(task: string, thread: string, report: ReviewReport): ReviewReport {
    if (report.thread !== thread) throw new Broken(`${report.thread} is told, not ${thread}`);
    checkWhole(this.#chronicle, this.#cutOff);
    const spent = spentOn(this.#chronicle, task);
    if (report.cost.spentMicroUsd !== spent || report.cost.heldMicroUsd !== 0) {
      throw new Broken(`the report says ${JSON.stringify(report.cost)}, the ledger ${spent}`);
    }
    return report;
  }

  /** What the program itself says of its logs and views. */
  async verify(): Promise<void> {
    for (const args of [
      ['audit', 'verify'],
      ['views', 'verify'],
    ]) {
      const { code, out, err } = await this.place.bzzz(args);
      if (code !== 0) throw new Broken(`bzzz ${args.join(' ')} exits with ${code}: ${out}${err}`);
    }
    const all = allOf(this.#chronicle);
    const turnOf = new Map(
      eventsOf(all, 'agent.call.started').map(({ call, turn }) => [call, turn]),
    );
    const turns = [...turnOf.values()];
    this.figures.events = all.length;
    this.figures.callsCutOff = this.#cutOff.size;
    this.figures.callsMadeAgain = [...this.#cutOff].filter((call) => {
      const turn = turnOf.get(call);
      return turns.lastIndexOf(turn ?? '') > [...turnOf.keys()].indexOf(call);
    }).length;
  }

  close(): Promise<void> {
    return this.#witness.close();
  }
}

/** Strikes once: some time after the start, the n-th call, the n-th line of progress, or the decision. */
class Killer {
  readonly #after: 'start' | 'call' | 'line' | 'decision';
  readonly #share: number;
  #left: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(dice: Dice) {
    this.#after = dice.oneOf('start', 'call', 'call', 'line', 'decision');
    this.#left = dice.whole(1, this.#after === 'line' ? 16 : 9);
    this.#share = dice.between(0, 1);
  }

  onStart(strike: () => void): void {
    if (this.#after === 'start') this.#arm(strike, 100 + this.#share * 1100);
  }

  /** Between the arrival of a call and a little after its answer. */
  onCall(strike: () => void, delayMs: number): void {
    if (this.#after !== 'call') return;
    if (--this.#left === 0) this.#arm(strike, this.#share * (delayMs + 30));
  }

  /** While the others are told that nobody waits for them any more, or the views catch up. */
  onText(strike: () => void, text: string): void {
    this.#left -= this.#after === 'line' ? text.split('\n').length - 1 : 0;
    if (this.#after === 'line' && this.#left <= 0) this.#arm(strike, this.#share * 12);
    if (this.#after === 'decision' && /  (?:decided|escalated)/.test(text))
      this.#arm(strike, this.#share * 60);
  }

  disarm(): void {
    clearTimeout(this.#timer);
  }

  #arm(strike: () => void, delayMs: number): void {
    this.#timer ??= setTimeout(strike, delayMs);
  }
}

function resumed(address: readonly string[]): string[] {
  return ['review', '--resume', ...address, '--format', 'json'];
}

/** Whole lines only: the last one may have been cut off with the process. */
function progressIn(err: string): string[] {
  const whole = err.slice(0, err.lastIndexOf('\n') + 1).split('\n');
  return whole.flatMap((line) => /^ *\d+\.\ds {2}(.+)$/.exec(line)?.[1] ?? []);
}

function endedWell(run: Run): ReviewReport {
  const report = reportIn(run);
  const expected = { approved: 0, changes_requested: 1, escalated: 3, open: NaN }[report.outcome];
  if (run.code !== expected) throw new Broken(`${report.outcome} ends with ${run.code}`);
  return report;
}

function reportIn({ code, out, err }: Run): ReviewReport {
  try {
    return reviewReport.parse(JSON.parse(out));
  } catch (cause) {
    throw new Broken(`a review ends with ${code} and no report: ${err.trim()}`, { cause });
  }
}
