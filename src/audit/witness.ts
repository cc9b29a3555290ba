import { nodeAddress, Refusal } from '../../events/index.ts';
import {
  cosignersOf,
  parseCheckpoint,
  Rfc6962,
  type Checkpoint,
  type Witness,
} from '../shared/note/index.ts';
import type { Evidence } from './evidence.ts';
import type { Findings, Subject } from './findings.ts';
import type { ComparedCheckpoint } from './report.ts';
import type { Contradiction, WitnessedHead } from './seals.ts';
import type { Survey } from './survey.ts';

/** A checkpoint that somebody has kept, and the file it is in. */
export type KeptCheckpoint = { readonly file: string; readonly checkpoint: Checkpoint };

export type WitnessOptions = {
  /** Checkpoints to hold the store against. */
  readonly against?: readonly KeptCheckpoint[];
  /** Keys of witnesses, to verify cosignatures with. */
  readonly witnesses?: readonly Witness[];
};

type Source = {
  readonly name: string;
  readonly checkpoint: Checkpoint;
  /** Event of the node's log that has recorded it. */
  readonly seq: number | null;
  /** RFC 6962 root of the node's own log at the size of the checkpoint, as far as its blocks can be proved. */
  root: string | null;
  agrees: boolean;
};

/** Holds a store against checkpoints: those that are given, and those that the node has taken back. */
export class WitnessCheck {
  readonly #evidence: Evidence;
  readonly #findings: Findings;
  readonly #witnesses: readonly Witness[];
  readonly #own: Subject;
  readonly #sources: readonly Source[];
  // Over the node's own log, as witnesses know it.
  readonly #tree = new Rfc6962();

  constructor(evidence: Evidence, survey: Survey, options: WitnessOptions, findings: Findings) {
    const { against = [], witnesses = [] } = options;
    this.#evidence = evidence;
    this.#findings = findings;
    this.#witnesses = witnesses;
    this.#own = { actor: nodeAddress(evidence.node.name), log: evidence.node.log };
    this.#sources = [
      ...against.map(({ file, checkpoint }) => ({
        name: file,
        checkpoint,
        seq: null,
        root: null,
        agrees: true,
      })),
      ...survey.witnessed.flatMap(({ seq, note }) => this.#recorded(seq, note)),
    ];
  }

  /** What the checkpoints say of a log. */
  headsOf(key: string): WitnessedHead[] {
    return this.#sources.flatMap(({ checkpoint }, index) =>
      checkpoint.heads.flatMap(({ log, length, root }) =>
        log === key ? [{ length, root, checkpoint: index }] : [],
      ),
    );
  }

  /** To be called with every proved block of the node's own log. */
  see(block: Uint8Array, seq: number): void {
    if (seq !== this.#tree.size) return;
    this.#tree.append(block);
    for (const source of this.#sources) {
      const { log, size } = source.checkpoint;
      if (log === this.#own.log && size === this.#tree.size) source.root = this.#tree.root();
    }
  }

  /** What the proof of a log has found. */
  proved(subject: Subject, contradicted: readonly Contradiction[]): void {
    for (const { head, found } of contradicted) {
      const source = this.#sources[head.checkpoint];
      if (!source) continue;
      const { length, root } = head;
      const cut = found.length < length;
      this.#add(source, subject, {
        field: cut ? 'length' : 'root',
        expected: { length, root },
        found,
        message:
          `${told(source)} has witnessed ${length} events with the root ${root}; ` +
          (cut
            ? `there are ${found.length} here, with the root ${found.root}: the last are gone`
            : `the first ${found.length} here have the root ${found.root}: they are not the same`),
      });
    }
  }

  /** To be called when all logs are proved. */
  conclude(): void {
    for (const source of this.#sources) {
      this.#reportUnrelated(source);
      this.#reportOtherRoot(source);
      this.#reportLacking(source);
      this.#reportForged(source);
      if (!source.agrees) continue;
      const { checkpoint, seq } = source;
      const held = this.#held(checkpoint).length;
      const message = `${told(source)} agrees with ${held} of the ${checkpoint.heads.length} logs in it`;
      this.#findings.note(this.#own, { kind: 'witnessed', seq, message });
    }
  }

  get compared(): ComparedCheckpoint[] {
    return this.#sources.map(({ name, checkpoint, agrees }) => {
      const { origin, size, at } = checkpoint;
      const cosigners = cosignersOf(checkpoint, this.#witnesses);
      return {
        source: name,
        origin,
        size,
        at,
        agrees,
        logs: this.#held(checkpoint).length,
        cosigners,
      };
    });
  }

  #recorded(seq: number, note: string): Source[] {
    const fault = (found: string): Source[] => {
      this.#findings.add(this.#own, {
        check: 'witness',
        seq,
        field: 'note',
        expected: 'a checkpoint of this node',
        found,
        message: `event ${seq} records a checkpoint that is none of this node`,
      });
      return [];
    };
    try {
      const checkpoint = parseCheckpoint(note);
      if (checkpoint.log !== this.#own.log) return fault(checkpoint.origin);
      return [{ name: `event ${seq} of the node`, checkpoint, seq, root: null, agrees: true }];
    } catch (error) {
      if (error instanceof Refusal) return fault(error.message);
      throw error;
    }
  }

  #held({ heads }: Checkpoint): Checkpoint['heads'] {
    return heads.filter(({ log }) => this.#holds(log));
  }

  #holds(log: string): boolean {
    return this.#evidence.stored.some((stored) => 'key' in stored && stored.key === log);
  }

  #reportUnrelated(source: Source): void {
    const { checkpoint } = source;
    if (checkpoint.log === this.#own.log || this.#held(checkpoint).length > 0) return;
    this.#add(
      source,
      { actor: '', log: checkpoint.log },
      {
        field: null,
        expected: checkpoint.origin,
        found: `bzzz/${this.#evidence.node.name}/${this.#own.log}`,
        message: `${told(source)} has nothing to do with this store: none of its logs is here`,
      },
    );
  }

  #reportOtherRoot(source: Source): void {
    const { size, root } = source.checkpoint;
    if (source.root === null || source.root === root) return;
    this.#add(source, this.#own, {
      field: 'root',
      expected: { size, root },
      found: { size, root: source.root },
      message: `${told(source)} has another RFC 6962 root over the first ${size} events of the node`,
    });
  }

  #reportLacking(source: Source): void {
    const { log: own, heads } = source.checkpoint;
    if (own !== this.#own.log) return;
    const left = new Set(this.#evidence.bundle?.excluded.map(({ key }) => key));
    for (const { log, length, root } of heads) {
      if (this.#holds(log) || left.has(log)) continue;
      this.#add(
        source,
        { actor: '', log },
        {
          field: 'log',
          expected: { length, root },
          found: null,
          message: `${told(source)} has witnessed a log of ${length} events that is not in this store`,
        },
      );
    }
  }

  #reportForged(source: Source): void {
    for (const name of cosignersOf(source.checkpoint, this.#witnesses).forged) {
      this.#add(source, this.#own, {
        field: 'cosignature',
        expected: `a signature by ${name}`,
        found: 'another signature',
        message: `${told(source)} has a cosignature of ${name} that is not theirs`,
      });
    }
  }

  #add(
    source: Source,
    subject: Subject,
    difference: Omit<Parameters<Findings['add']>[1], 'check' | 'seq'>,
  ): void {
    source.agrees = false;
    this.#findings.add(subject, { check: 'witness', ...difference });
  }
}

function told({ name, checkpoint }: Source): string {
  return `the checkpoint in ${name} (${checkpoint.origin}, ${checkpoint.at})`;
}
