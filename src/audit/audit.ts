import type { Worker } from 'node:worker_threads';
import { nodeAddress, type ActorKind } from '../../events/index.ts';
import { TextRefs } from '../shared/textRefs.ts';
import { BundleCheck } from './bundle/check.ts';
import { Texts, textCheck } from './checks/texts.ts';
import { Spending } from './checks/spending.ts';
import type { EventCheck, OpenDifference } from './checks/check.ts';
import { Asked } from './checks/asked.ts';
import { consensusCheck } from './checks/consensus.ts';
import { DoubleEntry } from './checks/doubleEntry.ts';
import { envelopeCheck } from './checks/envelope.ts';
import { ErasureCheck } from './checks/erasure.ts';
import { lawCheck } from './checks/law.ts';
import { liftCheck } from './checks/lifted.ts';
import { reportGrown } from './checks/lives.ts';
import { ForkCheck, Origins } from './checks/origin.ts';
import {
  listedLogs,
  registerDifference,
  reportMissing,
  unlisted,
  type Listed,
} from './checks/register.ts';
import { restoredNote } from './checks/restored.ts';
import { Speech } from './checks/speech.ts';
import { EventIds } from './eventIds.ts';
import type { Evidence, StoredLog } from './evidence.ts';
import { examine } from './examine.ts';
import { Findings, type Difference, type Subject } from './findings.ts';
import { InlineProver, type Prover, type ProofTask } from './prover.ts';
import { ThreadProver } from './proverThread.ts';
import type { AuditedLog, AuditReport } from './report.ts';
import { rereading, type Reread } from './reread.ts';
import { surveyNode, type Survey } from './survey.ts';
import { WitnessCheck, type WitnessOptions } from './witness.ts';

export type AuditOptions = WitnessOptions & {
  readonly signal?: AbortSignal;
  /** Called after every few hundred blocks. */
  readonly onProgress?: (done: { blocks: number; blocksTotal: number }) => void;
  /** Lets a thread prove a large store, while this one judges. */
  readonly thread?: ProofThread;
};

export type ProofThread = {
  /** Starts a thread that serves proofs (`serveProofs`) of the very store that is verified. */
  start(): Worker;
  /** Number of blocks from which it pays to start one. */
  readonly fromBlocks?: number;
};

/** Less is proved by the time that a thread has started. */
const threadFromBlocks = 20_000;
// Each side of an account is read before the side that refers to it.
const order: readonly Listed['subject']['kind'][] = ['node', 'blobs', 'budget', 'agent', 'thread'];

/** One pass over a store: every log proved, and its events held against those of the others. */
export class Audit {
  readonly #evidence: Evidence;
  readonly #options: AuditOptions;
  readonly #findings = new Findings();
  readonly #texts = new Texts();
  readonly #speech = new Speech();
  readonly #reread: Reread;
  readonly #spending: Spending;
  readonly #ids = new EventIds();
  readonly #logOf = new Map<string, string>();
  readonly #audited: AuditedLog[] = [];
  readonly #blocksTotal: number;
  #erasures = new ErasureCheck();
  #witness: WitnessCheck | null = null;
  #origins = new Origins();
  #withheld: ReadonlyMap<string, ReadonlySet<number>> = new Map();
  #prover: Prover = new InlineProver([]);
  #blocks = 0;
  #bytes = 0;

  constructor(evidence: Evidence, options: AuditOptions) {
    this.#evidence = evidence;
    this.#options = options;
    this.#reread = rereading(evidence);
    this.#spending = new Spending(this.#findings, this.#reread);
    this.#blocksTotal = evidence.stored.reduce(
      (sum, log) => sum + ('length' in log ? log.length : 0),
      0,
    );
  }

  async run(): Promise<void> {
    const survey = await surveyNode(this.#evidence);
    const listed = listedLogs(this.#evidence, survey);
    const strangers = unlisted(listed, this.#evidence);
    const bundle = new BundleCheck(this.#evidence, survey, this.#findings);
    reportMissing(await bundle.required(listed), this.#evidence, this.#findings);
    this.#withheld = await bundle.withheld();
    for (const { actor, log } of survey.registered) {
      if (!this.#logOf.has(actor)) this.#logOf.set(actor, log);
    }
    const witness = new WitnessCheck(this.#evidence, survey, this.#options, this.#findings);
    this.#witness = witness;
    this.#origins = await Origins.survey(listed);
    this.#erasures = await ErasureCheck.survey(listed, survey, this.#texts);
    const inOrder = this.#origins.inOrder(listed);
    const known = order.flatMap((kind) =>
      inOrder.flatMap(({ subject, stored }) =>
        stored && subject.kind === kind ? [{ subject, stored }] : [],
      ),
    );
    this.#prover = this.#startProver(
      [...known.map(({ stored }) => stored), ...strangers].map((log) => ({
        log,
        seals: [...(survey.seals.get(log.key) ?? []), ...witness.headsOf(log.key)],
        gone: this.#goneFrom(log.key),
      })),
    );
    try {
      for (const { subject, stored } of known) await this.#auditLog(subject, stored, survey);
      await this.#spending.conclude();
      this.#reportElsewhere();
      reportGrown(listed, survey, this.#findings);
      this.#reportRegister(survey);
      await this.#erasures.conclude(this.#evidence, this.#findings);
      await this.#auditUnlisted(strangers);
      await bundle.conclude(listed);
      witness.conclude();
    } finally {
      await this.#prover.close();
    }
  }

  /** Blocks that may be missing: texts that were erased, or left out of a bundle. */
  #goneFrom(log: string): ReadonlySet<number> {
    const erased = this.#erasures.goneFrom(log);
    const withheld = this.#withheld.get(log);
    return withheld ? erased.union(withheld) : erased;
  }

  #startProver(plan: readonly ProofTask[]): Prover {
    const { thread, signal } = this.#options;
    signal?.throwIfAborted();
    return thread && this.#blocksTotal >= (thread.fromBlocks ?? threadFromBlocks)
      ? new ThreadProver(thread.start(), plan, signal)
      : new InlineProver(plan);
  }

  report(durationMs: number): AuditReport {
    const { findings, notes } = this.#findings;
    const { busyMs } = this.#prover;
    return {
      intact: findings.length === 0,
      node: nodeAddress(this.#evidence.node.name),
      findings,
      notes,
      logs: this.#audited,
      checkpoints: this.#witness?.compared ?? [],
      spending: this.#spending.scopes,
      blocks: this.#blocks,
      bytes: this.#bytes,
      durationMs: Math.round(durationMs),
      blocksPerSecond: rateOf(this.#blocks, durationMs),
      proof: {
        blocks: this.#blocks,
        durationMs: Math.round(busyMs),
        blocksPerSecond: rateOf(this.#blocks, busyMs),
      },
    };
  }

  async #auditLog(subject: Listed['subject'], stored: StoredLog, survey: Survey): Promise<void> {
    if (subject.kind === 'blobs') {
      await this.#prove(subject, stored, (block, seq) => this.#texts.see(block, seq));
      return;
    }
    const actor = { ...subject, kind: subject.kind };
    const { checks, conclude } = this.#checksFor(actor, survey);
    const refs = new TextRefs();
    await this.#prove(subject, stored, (block, seq) => {
      if (actor.kind === 'node') this.#witness?.see(block, seq);
      return examine({ subject: actor, seq, block, refs }, checks);
    });
    conclude();
  }

  #checksFor(
    subject: Subject & { kind: ActorKind },
    { blobs }: Survey,
  ): { checks: EventCheck[]; conclude: () => void } {
    const textsWhole = blobs !== null && !this.#findings.doubtful(blobs);
    const texts = [this.#erasures.listener(), ...(textsWhole ? [textCheck(this.#texts)] : [])];
    const always = [envelopeCheck(this.#ids), ...texts];
    const law = lawCheck(subject.kind);
    const nothing = (): void => undefined;
    switch (subject.kind) {
      case 'node':
        return { checks: [...always, restoredNote(this.#findings), law], conclude: nothing };
      case 'budget':
        return {
          checks: [...always, this.#spending.ledgerCheck(subject), law],
          conclude: nothing,
        };
      case 'agent': {
        const own = [this.#speech.listener(subject), this.#spending.callCheck(subject)];
        return { checks: [...always, ...own, law], conclude: nothing };
      }
      case 'thread': {
        const logOf = (actor: string): string | null => this.#logOf.get(actor) ?? null;
        const init = { findings: this.#findings, logOf };
        const fork = new ForkCheck(subject, { ...init, origins: this.#origins });
        const reread = this.#reread;
        const entries = new DoubleEntry(subject, { ...init, speech: this.#speech, reread });
        const asked = new Asked(subject, { ...init, speech: this.#speech });
        const own = [this.#origins.listener(subject), fork.check, entries.check, asked.check];
        return {
          checks: [...always, ...own, consensusCheck(), liftCheck(this.#spending), law],
          conclude: () => {
            fork.conclude();
            entries.conclude();
            asked.conclude();
          },
        };
      }
    }
  }

  /** Proves a log and shows each proved block to `see`, whose first difference in an unbroken log counts. */
  async #prove(
    subject: Subject & { kind: AuditedLog['kind'] },
    stored: StoredLog,
    see: (block: Uint8Array, seq: number) => Difference | OpenDifference | null,
  ): Promise<void> {
    const gone = this.#goneFrom(stored.key);
    let next = 0;
    let first: Difference | OpenDifference | null = null;
    const proof = await this.#prover.next(({ count, proved }) => {
      for (const { seq, block } of proved) {
        const difference = see(block, seq);
        while (gone.has(next)) next++;
        // What comes after a block that is false or gone cannot be judged by its place in the story.
        if (seq !== next) continue;
        next++;
        first ??= difference;
      }
      this.#progress(count);
    });
    if (first) this.#findings.add(subject, await settled(first));
    if (proof.difference) this.#findings.add(subject, proof.difference);
    if (proof.brokenSeal) this.#findings.add(subject, proof.brokenSeal);
    this.#witness?.proved(subject, proof.contradicted);
    this.#bytes += proof.bytes;
    const { actor, log, kind } = subject;
    this.#audited.push({ actor, kind, log, length: stored.length, root: proof.root });
  }

  #progress(blocks: number): void {
    this.#blocks += blocks;
    this.#options.onProgress?.({ blocks: this.#blocks, blocksTotal: this.#blocksTotal });
    this.#options.signal?.throwIfAborted();
  }

  /** A thread is registered before anybody is asked to speak in it. */
  #reportElsewhere(): void {
    if (!this.#isRegisterWhole) return;
    for (const thread of this.#speech.threads) {
      const [turn] = this.#logOf.has(thread) ? [] : this.#speech.begunFor(thread);
      if (!turn || this.#findings.doubtful(turn.agent.log)) continue;
      this.#findings.add(turn.agent, {
        check: 'register',
        seq: turn.seq,
        field: 'thread',
        expected: thread,
        found: null,
        message: `event ${turn.seq} begins a turn for ${thread}, which is not registered`,
      });
    }
  }

  /** One that is not whole cannot say what is missing in it. */
  get #isRegisterWhole(): boolean {
    const { log } = this.#evidence.node;
    return !this.#findings.doubtful(log) && !this.#findings.diverged(log, 'event');
  }

  #reportRegister(survey: Survey): void {
    const { node } = this.#evidence;
    const difference = registerDifference(survey);
    if (difference)
      this.#findings.add({ actor: nodeAddress(node.name), log: node.log }, difference);
  }

  async #auditUnlisted(logs: readonly StoredLog[]): Promise<void> {
    const whole = this.#isRegisterWhole;
    for (const stored of logs) {
      const subject = { actor: '', log: stored.key, kind: 'unknown' as const };
      await this.#prove(subject, stored, () => null);
      if (!whole) continue;
      if (stored.length === 0) {
        const message = 'a log was made, and the process ended before it was registered';
        this.#findings.note(subject, { kind: 'emptyLog', seq: null, message });
        continue;
      }
      this.#findings.add(subject, {
        check: 'register',
        expected: null,
        found: stored.key,
        message: `the store holds a log of ${stored.length} blocks that the node has not registered`,
      });
    }
  }
}

function rateOf(blocks: number, durationMs: number): number {
  return Math.round((blocks * 1000) / Math.max(1, durationMs));
}

function settled(difference: Difference | OpenDifference): Difference | Promise<Difference> {
  return typeof difference === 'function' ? difference() : difference;
}
