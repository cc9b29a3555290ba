import { Corrupt, decodeRecorded, nodeAddress, type ActorKind } from '../../events/index.ts';
import { Texts, textCheck } from './checks/texts.ts';
import { Spending } from './checks/spending.ts';
import type { EventCheck } from './checks/check.ts';
import { consensusCheck } from './checks/consensus.ts';
import { DoubleEntry } from './checks/doubleEntry.ts';
import { envelopeCheck } from './checks/envelope.ts';
import { lawCheck } from './checks/law.ts';
import {
  listedLogs,
  registerDifference,
  reportMissing,
  unlisted,
  type Listed,
} from './checks/register.ts';
import { Speech } from './checks/speech.ts';
import type { Evidence, StoredLog } from './evidence.ts';
import { Findings, type Difference, type Subject } from './findings.ts';
import { proveLog } from './proof.ts';
import type { AuditedLog, AuditReport } from './report.ts';
import { surveyNode, type Survey } from './survey.ts';

export type AuditOptions = {
  readonly signal?: AbortSignal;
  /** Called after every few hundred blocks. */
  readonly onProgress?: (done: { blocks: number; blocksTotal: number }) => void;
};

const whyCharsMax = 200;
const readAheadEvents = 512;
/** A text may be as large as tens of megabytes. */
const readAheadTexts = 8;
// Each side of an account is read before the side that refers to it.
const order: readonly Listed['subject']['kind'][] = ['node', 'blobs', 'budget', 'agent', 'thread'];

/** One pass over a store: every log proved, and its events held against those of the others. */
export class Audit {
  readonly #evidence: Evidence;
  readonly #options: AuditOptions;
  readonly #findings = new Findings();
  readonly #texts = new Texts();
  readonly #speech = new Speech();
  readonly #spending = new Spending(this.#findings);
  readonly #ids = new Set<string>();
  readonly #logOf = new Map<string, string>();
  readonly #audited: AuditedLog[] = [];
  readonly #blocksTotal: number;
  #blocks = 0;
  #bytes = 0;

  constructor(evidence: Evidence, options: AuditOptions) {
    this.#evidence = evidence;
    this.#options = options;
    this.#blocksTotal = evidence.stored.reduce(
      (sum, log) => sum + ('length' in log ? log.length : 0),
      0,
    );
  }

  async run(): Promise<void> {
    const survey = await surveyNode(this.#evidence);
    const listed = listedLogs(this.#evidence, survey);
    reportMissing(listed, this.#evidence, this.#findings);
    for (const { actor, log } of survey.registered) {
      if (!this.#logOf.has(actor)) this.#logOf.set(actor, log);
    }
    for (const kind of order) {
      for (const { subject, stored } of listed) {
        if (stored && subject.kind === kind) await this.#auditLog(subject, stored, survey);
      }
    }
    this.#spending.conclude();
    this.#noteElsewhere();
    this.#reportRegister(survey);
    await this.#auditUnlisted(unlisted(listed, this.#evidence), survey);
  }

  report(durationMs: number): AuditReport {
    const { findings, notes } = this.#findings;
    return {
      intact: findings.length === 0,
      node: nodeAddress(this.#evidence.node.name),
      findings,
      notes,
      logs: this.#audited,
      spending: this.#spending.scopes,
      blocks: this.#blocks,
      bytes: this.#bytes,
      durationMs: Math.round(durationMs),
      blocksPerSecond: Math.round((this.#blocks * 1000) / Math.max(1, durationMs)),
    };
  }

  async #auditLog(subject: Listed['subject'], stored: StoredLog, survey: Survey): Promise<void> {
    if (subject.kind === 'blobs') {
      await this.#prove(subject, stored, survey, (block, seq) => this.#texts.see(block, seq));
      return;
    }
    const actor = { ...subject, kind: subject.kind };
    const { checks, conclude } = this.#checksFor(actor, survey);
    await this.#prove(subject, stored, survey, (block, seq) => examine(actor, checks, block, seq));
    conclude();
  }

  #checksFor(
    subject: Subject & { kind: ActorKind },
    { blobs }: Survey,
  ): { checks: EventCheck[]; conclude: () => void } {
    const textsWhole = blobs !== null && !this.#findings.doubtful(blobs);
    const always = [envelopeCheck(this.#ids), ...(textsWhole ? [textCheck(this.#texts)] : [])];
    const law = lawCheck(subject.kind);
    const nothing = (): void => undefined;
    switch (subject.kind) {
      case 'node':
        return { checks: [...always, law], conclude: nothing };
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
        const entries = new DoubleEntry(subject, {
          speech: this.#speech,
          findings: this.#findings,
          logOf: (actor) => this.#logOf.get(actor) ?? null,
        });
        return {
          checks: [...always, entries.check, consensusCheck(), law],
          conclude: () => entries.conclude(),
        };
      }
    }
  }

  /** Proves a log and shows each proved block to `see`, whose first difference in an unbroken log counts. */
  async #prove(
    subject: Subject & { kind: AuditedLog['kind'] },
    stored: StoredLog,
    survey: Survey,
    see: (block: Uint8Array, seq: number) => Difference | null,
  ): Promise<void> {
    let next = 0;
    const proof = await proveLog(stored, {
      seals: survey.seals.get(stored.key) ?? [],
      readAhead: holdsEvents(subject.kind) ? readAheadEvents : readAheadTexts,
      onBlock: (block, seq) => {
        const difference = see(block, seq);
        // What comes after a block that is false or gone cannot be judged by its place in the story.
        if (seq === next) next++;
        else return;
        if (difference) this.#findings.add(subject, difference);
      },
      onProgress: (blocks) => this.#progress(blocks),
    });
    if (proof.difference) this.#findings.add(subject, proof.difference);
    if (proof.brokenSeal) this.#findings.add(subject, proof.brokenSeal);
    this.#bytes += proof.bytes;
    const { actor, log, kind } = subject;
    this.#audited.push({ actor, kind, log, length: stored.length, root: proof.root });
  }

  #progress(blocks: number): void {
    this.#blocks += blocks;
    this.#options.onProgress?.({ blocks: this.#blocks, blocksTotal: this.#blocksTotal });
    this.#options.signal?.throwIfAborted();
  }

  /** What agents have said to threads that are not here, and so cannot be held against them. */
  #noteElsewhere(): void {
    for (const thread of this.#speech.threads) {
      if (this.#logOf.has(thread)) continue;
      for (const { agent, statements } of this.#speech.turnsFor(thread)) {
        const message = `${statements.length} statements are for ${thread}, which has no log here`;
        this.#findings.note(agent, { kind: 'unheard', seq: statements[0]?.seq ?? null, message });
      }
    }
  }

  #reportRegister(survey: Survey): void {
    const { node } = this.#evidence;
    const difference = registerDifference(survey);
    if (difference)
      this.#findings.add({ actor: nodeAddress(node.name), log: node.log }, difference);
  }

  async #auditUnlisted(logs: readonly StoredLog[], survey: Survey): Promise<void> {
    const { log } = this.#evidence.node;
    // A register that is not whole cannot say what is missing in it.
    const whole = !this.#findings.doubtful(log) && !this.#findings.diverged(log, 'event');
    for (const stored of logs) {
      const subject = { actor: '', log: stored.key, kind: 'unknown' as const };
      await this.#prove(subject, stored, survey, () => null);
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

function holdsEvents(kind: AuditedLog['kind']): boolean {
  return kind !== 'blobs' && kind !== 'unknown';
}

/** Shows an event to every check: each goes on counting, whatever another has found. */
function examine(
  subject: Subject & { kind: ActorKind },
  checks: readonly EventCheck[],
  block: Uint8Array,
  seq: number,
): Difference | null {
  try {
    const recorded = decodeRecorded(block, { log: subject.log, seq });
    return checks.reduce<Difference | null>((found, check) => {
      const difference = check({ subject, seq, recorded, block });
      return found ?? difference;
    }, null);
  } catch (error) {
    if (error instanceof Corrupt) return undecodable(error, seq);
    throw error;
  }
}

function undecodable({ message, data }: Corrupt, seq: number): Difference {
  const why = message.replace(/^log \w+ seq \d+: /, '');
  return {
    check: 'envelope',
    seq,
    field: typeof data['field'] === 'string' ? data['field'] : null,
    expected: 'an event',
    found: why.length > whyCharsMax ? `${why.slice(0, whyCharsMax)}...` : why,
    message: `event ${seq} cannot be read as one`,
  };
}
