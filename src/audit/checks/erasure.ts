import { nodeAddress } from '../../../events/index.ts';
import { Erasures, type Erasure } from '../../shared/erasures.ts';
import { isUnreadable, type Evidence, type StoredLog } from '../evidence.ts';
import type { Findings, Subject } from '../findings.ts';
import { hex } from '../merkle.ts';
import type { Survey } from '../survey.ts';
import type { EventCheck } from './check.ts';
import type { Listed } from './register.ts';
import type { Texts } from './texts.ts';

/** Names that are looked at together. */
const readAhead = 256;
const none: ReadonlySet<number> = new Set();

/**
 * Holds erasures against what the logs say of texts: an erasure may only list texts of its own subject, and
 * so excuses the loss of nothing else.
 */
export class ErasureCheck {
  readonly #erasures = new Erasures();
  readonly #textsLog: StoredLog | null;
  readonly #texts: Texts | null;
  /** Where texts that an erasure lists were taken away. */
  readonly #gone = new Set<number>();
  /** Listed and still there. */
  readonly #readable = new Set<string>();
  /** Subjects that refer to a listed text, by its hash. */
  readonly #owners = new Map<string, Set<string>>();
  /** How many texts cannot be read any more, by subject. */
  readonly #lost = new Map<string, number>();

  constructor(textsLog: StoredLog | null = null, texts: Texts | null = null) {
    this.#textsLog = textsLog;
    this.#texts = texts;
  }

  /** Looks for the texts that erasures list; tells `texts` of those that are gone. Nothing is proved yet. */
  static async survey(
    listed: readonly Listed[],
    { erasures }: Survey,
    texts: Texts,
  ): Promise<ErasureCheck> {
    const log = listed.find(({ subject }) => subject.kind === 'blobs')?.stored ?? null;
    const check = new ErasureCheck(log, texts);
    for (const erasure of erasures) {
      check.#erasures.add(erasure);
      for (const hash of erasure.blobs) check.#owners.set(hash, new Set());
    }
    if (log && check.#owners.size > 0) await check.#findRemains(log, texts);
    return check;
  }

  /** Blocks of a log that may be missing. */
  goneFrom(log: string): ReadonlySet<number> {
    return log === this.#textsLog?.key ? this.#gone : none;
  }

  /** Takes the events of one log. */
  listener(): EventCheck {
    return ({ recorded: { body, meta }, refs }) => {
      if (body && 'box' in body && this.#erasures.covers(body, meta.at)) this.#lose(body.subject);
      for (const { ref, subject } of refs) {
        const owners = this.#owners.get(ref.hash);
        if (!owners || subject === null || owners.has(subject)) continue;
        owners.add(subject);
        this.#lose(subject);
      }
      return null;
    };
  }

  /** Reports what erasures list wrongly, and notes what was erased. */
  async conclude(evidence: Evidence, findings: Findings): Promise<void> {
    const node = { actor: nodeAddress(evidence.node.name), log: evidence.node.log };
    for (const erasure of this.#erasures.all) {
      this.#reportForeign(node, erasure, findings);
      const { seq, subject, by, at, reason } = erasure;
      const rest = await this.#unfinished(erasure, evidence);
      const message =
        `${subject}: erased by ${by} at ${at} (${reason}); ` +
        `${this.#lost.get(subject) ?? 0} of its texts cannot be read` +
        (rest === null ? '' : `; not finished: ${rest}; start the node, or run bzzz erase again`);
      findings.note(node, { kind: 'erased', seq, message });
    }
  }

  async #findRemains(log: StoredLog, texts: Texts): Promise<void> {
    for (let from = 0; from < log.length; from += 2 * readAhead) {
      const names: Promise<string>[] = [];
      for (let at = from; at < Math.min(log.length, from + 2 * readAhead); at += 2) {
        names.push(nameAt(log, at));
      }
      for (const [index, hash] of (await Promise.all(names)).entries()) {
        if (!this.#owners.has(hash)) continue;
        const seq = from + 2 * index + 1;
        const bytes = await sizeIfGone(log, seq);
        if (bytes === null) this.#readable.add(hash);
        else {
          this.#gone.add(seq);
          texts.knowErased({ hash, bytes });
        }
      }
    }
  }

  #lose(subject: string): void {
    this.#lost.set(subject, (this.#lost.get(subject) ?? 0) + 1);
  }

  #reportForeign(node: Subject, { seq, subject, blobs }: Erasure, findings: Findings): void {
    const textsAreWhole = this.#textsLog !== null && !findings.doubtful(this.#textsLog.key);
    for (const hash of blobs) {
      const [owner, ...others] = this.#owners.get(hash) ?? [];
      if (owner === subject || others.includes(subject)) continue;
      // Nobody refers to a text that was sealed just before a process was killed.
      if (owner === undefined && (!textsAreWhole || this.#texts?.has(hash))) continue;
      findings.add(node, {
        check: 'blob',
        seq,
        field: 'event.blobs',
        expected: `a text of ${subject}`,
        found: owner === undefined ? hash : `${hash}, a text of ${owner}`,
        message: `the erasure in event ${seq} lists a text that is not of its subject`,
      });
      return;
    }
  }

  async #unfinished({ subject, key, blobs }: Erasure, evidence: Evidence): Promise<string | null> {
    if (key !== null && (await evidence.fingerprint?.(subject)) === key) return 'its key is here';
    const left = blobs.filter((hash) => this.#readable.has(hash)).length;
    return left === 0 ? null : `${left} of its large texts are here`;
  }
}

async function nameAt(log: StoredLog, at: number): Promise<string> {
  const [name] = await log.blocks(at, at + 1);
  return name && !isUnreadable(name) ? hex(name) : '';
}

/** Size of a text as its leaf in the tree says; null while it is there. */
async function sizeIfGone(log: StoredLog, seq: number): Promise<number | null> {
  const [block] = await log.blocks(seq, seq + 1);
  if (block && !isUnreadable(block)) return null;
  const [leaf] = await log.nodes([2 * seq]);
  return leaf && !isUnreadable(leaf) ? leaf.size : 0;
}
