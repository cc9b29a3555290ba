import type { Json } from '../../events/index.ts';
import { count, dollars, number, visible } from '../shared/text/index.ts';
import type { AuditReport, Finding, Note } from './report.ts';

/**
 * A report as people read it, without colours: the verdict first, then what is wrong, then the rest. What
 * stands in a forged log does nothing to a terminal.
 */
export function renderReport(report: AuditReport): string {
  const { findings, notes, logs, blocks, bytes, durationMs, blocksPerSecond, proof } = report;
  const size =
    `${count(logs.length, 'log')}, ${count(blocks, 'block')}, ${count(bytes, 'byte')} ` +
    `in ${(durationMs / 1000).toFixed(2)} s (${number(blocksPerSecond)} blocks/s; ` +
    `the proof alone ${number(proof.blocksPerSecond)} blocks/s)`;
  const lines = [
    report.intact ? 'INTACT' : `NOT INTACT: ${count(findings.length, 'finding')}`,
    ...findings.flatMap(renderFinding),
    '',
    `Verified ${report.node || 'nothing'}: ${size}.`,
    ...renderCheckpoints(report),
    ...renderSpending(report),
    ...renderNotes(notes),
  ];
  return `${lines.map(visible).join('\n')}\n`;
}

function renderFinding(finding: Finding, index: number): string[] {
  const { check, actor, log, seq, field, expected, found, message } = finding;
  const where = [
    actor || 'no actor',
    log && `log ${log.slice(0, 16)}`,
    seq === null ? '' : `event ${seq}`,
    field ?? '',
  ];
  return [
    '',
    `${index + 1}. ${check}: ${message}`,
    `   at        ${where.filter(Boolean).join(', ')}`,
    `   expected  ${show(expected)}`,
    `   found     ${show(found)}`,
  ];
}

function renderCheckpoints({ checkpoints }: AuditReport): string[] {
  if (checkpoints.length === 0) return [];
  const lines = checkpoints.flatMap(({ source, origin, size, at, agrees, logs, cosigners }) => {
    const { verified, forged, unknown } = cosigners;
    return [
      `  ${agrees ? 'agrees' : 'CONTRADICTED'}: ${source}: ${origin}, ${count(size, 'event')}, ${at}; ${count(logs, 'log')} of it here`,
      ...verified.map((witness) => `    cosigned by ${witness.name} at ${witness.at}`),
      ...forged.map((name) => `    FALSE cosignature of ${name}`),
      ...unknown.map((name) => `    not verified: ${name}, whose key --witness can name`),
    ];
  });
  return ['', 'Held against checkpoints:', ...lines];
}

function renderSpending({ spending }: AuditReport): string[] {
  if (spending.length === 0) return [];
  // A program reads the others too.
  const lines = spending.flatMap(({ actor, scope, spentMicroUsd, heldMicroUsd, limitMicroUsd }) => {
    if (limitMicroUsd === null) return [];
    const used = `${dollars(spentMicroUsd)} spent, ${dollars(heldMicroUsd)} held`;
    return `  ${actor} ${scope}: ${used}, cap ${dollars(limitMicroUsd)}`;
  });
  return ['', 'Counted again from holds and settlements:', ...lines];
}

function renderNotes(notes: readonly Note[]): string[] {
  if (notes.length === 0) return [];
  const lines = notes.map(({ kind, actor, log, seq, message }) => {
    const where = `${actor || `log ${log.slice(0, 16)}`}${seq === null ? '' : ` event ${seq}`}`;
    return `  ${kind}: ${where}: ${message}`;
  });
  return ['', 'Lawful, and worth knowing:', ...lines];
}

function show(value: Json): string {
  if (value === null) return 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
