import { Corrupt } from '../../events/index.ts';
import { Audit, type AuditOptions } from './audit.ts';
import type { Evidence } from './evidence.ts';
import type { AuditReport, Finding } from './report.ts';

/**
 * Verifies a store with nothing but what lies in it: bytes, signatures, register, seals, the lawfulness of
 * every event, and that what agents, threads and ledgers say of each other is the same. Stored data that is
 * broken becomes a finding; only what keeps the store from being looked at is thrown, and the signal's
 * reason.
 *
 * What no store can prove of itself: that nothing was cut off since the last seal, and that the whole of it
 * is not an older copy. For that, heads have to be witnessed elsewhere.
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
    spending: [],
    blocks: 0,
    bytes: 0,
    durationMs,
    blocksPerSecond: 0,
  };
}
