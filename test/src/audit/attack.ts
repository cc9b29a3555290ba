import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  renderReport,
  verify,
  type AuditOptions,
  type AuditReport,
} from '../../../src/audit/index.ts';
import { dataDir, openReadOnly, type DataDir } from '../../../src/log/index.ts';
import { agreed, writeHistory, type Chapter } from '../../support/history.ts';
import { withTempDir } from '../../support/testNode.ts';
import { Forger } from './forger.ts';

export type Attack = (forger: Forger, dir: DataDir) => Promise<void>;

/** A review in which no vote comes too late: of any three, in any order, the last can still change all. */
export const heard: Chapter = {
  ...agreed,
  approves: (_role, item) => item === 'p1',
  policy: { rule: 'unanimity' },
};

/** What the auditor says of a directory. */
export function auditOf(dir: DataDir, options: AuditOptions = {}): Promise<AuditReport> {
  return verify(() => openReadOnly(dir), options);
}

/** An honest history that is written once; each attack is made on a copy of its own. */
export class Victim {
  readonly #root: string;
  readonly #dir: DataDir;
  #copies = 0;

  /** The history in `dir`; copies of it are made under `root`. */
  constructor(root: string, dir: DataDir) {
    this.#root = root;
    this.#dir = dir;
  }

  static with(
    init: { chapters: readonly Chapter[]; ending: 'stopped' | 'killed' },
    use: (victim: Victim) => Promise<void>,
  ): Promise<void> {
    return withTempDir(async (root) => {
      const dir = await writeHistory(join(root, 'honest'), init.chapters, init.ending);
      await use(new Victim(root, dir));
    });
  }

  /** Reports on a copy after the attack, made through the store. */
  attacked(attack: Attack, options: AuditOptions = {}): Promise<AuditReport> {
    return this.damaged((dir) => Forger.at(dir, (forger) => attack(forger, dir)), options);
  }

  /** Reports on a copy after damage to its files. */
  async damaged(
    damage: (dir: DataDir) => Promise<void>,
    options: AuditOptions = {},
  ): Promise<AuditReport> {
    const dir = dataDir(join(this.#root, `copy-${++this.#copies}`));
    await cp(this.#dir.root, dir.root, { recursive: true });
    try {
      await damage(dir);
      return await auditOf(dir, options);
    } finally {
      await rm(dir.root, { recursive: true, force: true });
    }
  }
}

/** Findings as `check event field`, for a short comparison. */
export function brief({ findings }: AuditReport): string[] {
  return findings.map(({ check, actor, seq, field }) =>
    [check, actor.replace(/^bzzz:\/\//, '') || '-', seq ?? '-', field ?? '-'].join(' '),
  );
}

/** A report in a message of an assertion. */
export function told(report: AuditReport): string {
  return renderReport(report);
}
