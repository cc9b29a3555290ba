import type { BzzzEvent } from '../../../events/index.ts';
import type { Findings } from '../findings.ts';
import type { NodeSeal } from '../seals.ts';
import type { Listed } from './register.ts';

/** When a node was up, by its own log: what it did after its last stop, it cannot have done. */
export class Lives {
  #isUp = false;
  #stoppedAt: number | null = null;
  #killedAt = -1;

  see(event: BzzzEvent, seq: number): void {
    if (event.type === 'node.started') {
      // A start while up: the process before was killed, and has sealed nothing at its end.
      if (this.#isUp) this.#killedAt = seq;
      this.#isUp = true;
      this.#stoppedAt = null;
    }
    if (event.type === 'node.stopped') {
      this.#isUp = false;
      this.#stoppedAt = seq;
    }
  }

  /** Event with which the node stopped, after which nothing came; null while it is up, or was killed. */
  get stoppedAt(): number | null {
    return this.#stoppedAt;
  }

  /** Every head that moved was sealed at the stop that followed: no process was killed since that event. */
  allSealedSince(seq: number): boolean {
    return seq > this.#killedAt;
  }
}

/** A node that stopped has sealed every log as it was; one that is longer has grown without its node. */
export function reportGrown(
  listed: readonly Listed[],
  survey: { readonly lives: Lives; readonly seals: ReadonlyMap<string, readonly NodeSeal[]> },
  findings: Findings,
): void {
  const { lives, seals } = survey;
  const { stoppedAt } = lives;
  if (stoppedAt === null) return;
  for (const { subject, stored } of listed) {
    const seal = seals.get(subject.log)?.at(-1) ?? { seq: -1, length: 0 };
    if (!stored || subject.kind === 'node' || !lives.allSealedSince(seal.seq)) continue;
    if (stored.length <= seal.length) continue;
    findings.add(subject, {
      check: 'seal',
      seq: seal.length,
      field: 'length',
      expected: seal.length,
      found: stored.length,
      message: `the log held ${seal.length} events when the node stopped in its event ${stoppedAt}, and has grown since without it`,
    });
  }
}
