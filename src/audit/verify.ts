import { Corrupt } from '../../events/index.ts';
import { Audit, type AuditOptions } from './audit.ts';
import { EvidenceLost, type Evidence } from './evidence.ts';
import type { AuditReport, Finding } from './report.ts';

/**
 * Verifies a store with nothing but what lies in it: bytes, signatures, register, seals, the lawfulness of
 * every event, and that what agents, threads and ledgers say of each other is the same. Stored data that is
 * broken becomes a finding; only what keeps the store from being looked at is thrown, and the signal's
 * reason.
 *
 * Who holds the disk holds the keys of its logs and can sign whatever is consistent. What no store can prove
 * of itself, so that only a checkpoint kept elsewhere can (`against`):
 *
 * - that the whole of it is not an older copy, or another history, seals included, made up with these keys;
 * - what was not sealed when it was changed: the last events of a log to which no other log refers (a note of
 *   an agent, an escalation, the last alerts of a ledger); the same change in every log that tells of it, such
 *   as a vote in its agent's log, in the thread and in the count;
 * - what one log alone says without consequence elsewhere: the text of a request or an answer, a date between
 *   those of its neighbours, a refusal or an alert taken out, a policy or a cap under which all would have
 *   come out the same;
 * - the word of a person, who has no key here: an answer to an escalation, a cap, who is said to have set it.
 */
export async function verify(
  open: () => Promise<Evidence>,
  options: AuditOptions = {},
): Promise<AuditReport> {
  const first = await verifyOnce(open, options);
  // A writer at work may have removed files under our hands; a file that is gone for good stays gone.
  if (!first.findings.some(({ check }) => check === 'storage')) return first;
  return verifyOnce(open, options);
}

async function verifyOnce(
  open: () => Promise<Evidence>,
  options: AuditOptions,
): Promise<AuditReport> {
  const startMs = performance.now();
  let evidence: Evidence;
  try {
    evidence = await open();
  } catch (error) {
    if (error instanceof Corrupt) return unopened(error, performance.now() - startMs);
    throw error;
  }
  try {
    const audit = new Audit(evidence, options);
    await audit.run();
    return audit.report(performance.now() - startMs);
  } catch (error) {
    if (error instanceof EvidenceLost) return unopened(error, performance.now() - startMs);
    throw error;
  } finally {
    await evidence.close();
  }
}

function unopened(error: Corrupt, durationMs: number): AuditReport {
  const finding: Finding = {
    check: 'storage',
    actor: '',
    log: '',
    seq: null,
    field: null,
    expected: 'a store that can be opened',
    found: error.code,
    message: error.message,
  };
  return {
    intact: false,
    node: '',
    findings: [finding],
    notes: [],
    logs: [],
    checkpoints: [],
    spending: [],
    blocks: 0,
    bytes: 0,
    durationMs,
    blocksPerSecond: 0,
    proof: { blocks: 0, durationMs: 0, blocksPerSecond: 0 },
  };
}
