import { z } from 'zod';
import {
  canonicalJson,
  type Json,
  type Recorded,
  type SealedBody,
  type StatementRef,
} from '../../../events/index.ts';
import type { Vault } from '../../ports.ts';
import type { Finding } from '../report.ts';
import type { EvidenceArchive } from './archive.ts';
import type { Statement } from './explanation.ts';

/** The texts that were sealed with a statement, by name; empty where the key is gone. */
export type Texts = Readonly<Record<string, string>>;
const texts = z.record(z.string(), z.string());

/** What a thread entered as the words of an agent. */
type Entered = {
  readonly type: string;
  readonly agent: string;
  readonly ref: StatementRef;
  readonly [fact: string]: Json;
};

export type StatementsInit = {
  readonly archive: EvidenceArchive;
  /** What the audit found in the logs. */
  readonly findings: readonly Finding[];
  /** Opens texts; null where no keys are at hand. */
  readonly vault: Pick<Vault, 'open'> | null;
};

/** Holds what a thread says that an agent said against the agent's own log. */
export class Statements {
  readonly #init: StatementsInit;

  constructor(init: StatementsInit) {
    this.#init = init;
  }

  /** Follows a reference; `same` are the facts that both logs have to tell alike. */
  async follow(
    { agent, ref, ...entered }: Entered,
    same: readonly string[],
  ): Promise<{ statement: Statement; texts: Texts; said: Recorded['event'] | null }> {
    const { archive } = this.#init;
    const kept = await archive.at(ref.log, ref.seq);
    archive.rely(ref.log, ref.seq);
    const said = kept?.recorded.event ?? null;
    const why = this.#doubt(agent, ref, kept?.hash ?? null) ?? differing(entered, said, same);
    const turn = said && 'turn' in said ? said.turn : null;
    const at = kept?.recorded.meta.at ?? null;
    return {
      statement: { ...ref, at, verified: why === null, why, turn },
      texts: await this.texts(kept?.recorded.body),
      said,
    };
  }

  #doubt(agent: string, { log, seq, hash }: StatementRef, found: string | null): string | null {
    const { archive, findings } = this.#init;
    if (archive.keyOf(agent) !== log) return 'the reference is to a log that is not the agent’s';
    if (found === null) return `the log of the agent has no event ${seq} that can be read`;
    if (found !== hash) return `event ${seq} of the agent has the hash ${found}`;
    const finding = findings.find((each) => each.log === log);
    return finding ? `the log of the agent does not hold: ${finding.message}` : null;
  }

  async texts(body: SealedBody | undefined): Promise<Texts> {
    const text = await this.text(body);
    if (text === null) return {};
    try {
      return texts.parse(JSON.parse(text));
    } catch {
      return {};
    }
  }

  /** A text as it was sealed; null where its key or the text itself is gone. */
  async text(body: SealedBody | undefined): Promise<string | null> {
    const { vault } = this.#init;
    try {
      return vault && body ? await vault.open(body) : null;
    } catch {
      // False, or not there: for the audit to find. The facts do not depend on it.
      return null;
    }
  }
}

function differing(
  entered: { readonly [fact: string]: Json },
  said: Recorded['event'] | null,
  same: readonly string[],
): string | null {
  const facts: { readonly [fact: string]: Json | undefined } = { ...said };
  const differs = same.find(
    (fact) => canonicalJson(facts[fact] ?? null) !== canonicalJson(entered[fact] ?? null),
  );
  return differs === undefined ? null : `the agent said another ${differs}`;
}
