import type { Json } from '../../events/index.ts';
import { checks, type CheckName, type Finding, type Note } from './report.ts';

/** The log that is being looked at. */
export type Subject = { readonly actor: string; readonly log: string };

/** A divergence, without the log it is in. */
export type Difference = {
  readonly check: CheckName;
  readonly seq?: number | null;
  readonly field?: string | null;
  readonly expected: Json;
  readonly found: Json;
  readonly message: string;
};

/**
 * Collects what is found and keeps the first of each kind per log: what follows from a divergence is not
 * news. `proof` is about bytes and signatures, `event` about what they say.
 */
export class Findings {
  readonly #found: Finding[] = [];
  readonly #notes: Note[] = [];
  readonly #diverged = new Set<string>();
  readonly #absent = new Set<string>();

  add(subject: Subject, difference: Difference): void {
    const kind = kindOf(difference.check);
    if (this.diverged(subject.log, kind)) return;
    this.#diverged.add(`${kind} ${subject.log}`).add(`${kind} ${subject.actor}`);
    const { actor, log } = subject;
    this.#found.push({ actor, log, seq: null, field: null, ...difference });
  }

  note(subject: Subject, note: Omit<Note, 'actor' | 'log'>): void {
    const { actor, log } = subject;
    this.#notes.push({ actor, log, ...note });
  }

  /** A log that was left out on purpose: it is not here to be held against what others say of it. */
  leaveOut({ log, actor }: Subject): void {
    this.#absent.add(log).add(actor);
  }

  /** True when a log is known to be false in that way. */
  diverged(who: string, kind: DivergenceKind): boolean {
    return this.#diverged.has(`${kind} ${who}`);
  }

  /**
   * True when bytes of a log are false or gone, so that nothing can be held against what others say of it.
   * Takes the key of the log or the address of its actor.
   */
  doubtful(who: string): boolean {
    if (this.#absent.has(who)) return true;
    return (['proof', 'register', 'seal'] as const).some((kind) => this.diverged(who, kind));
  }

  get findings(): Finding[] {
    return this.#found.toSorted((a, b) => checks.indexOf(a.check) - checks.indexOf(b.check));
  }

  get notes(): Note[] {
    return this.#notes;
  }
}

type DivergenceKind = 'proof' | 'register' | 'seal' | 'witness' | 'event';

function kindOf(check: CheckName): DivergenceKind {
  switch (check) {
    case 'storage':
    case 'key':
    case 'tree':
    case 'signature':
    case 'fork':
      return 'proof';
    case 'register':
    case 'seal':
    case 'witness':
      return check;
    case 'blob':
    case 'envelope':
    case 'consensus':
    case 'cost':
    case 'origin':
    case 'entry':
    case 'law':
      return 'event';
  }
}
