import type { Json } from '../../events/index.ts';
import { count, number, visible } from '../shared/text/index.ts';
import type { Divergence, ReplayReport } from './replayAll.ts';

/** What a replay of all logs found, as people read it: the verdict first. */
export function renderReplay(report: ReplayReport): string {
  const { same, divergences, logs, events, hashes, logsWithoutHash, durationMs } = report;
  const counted = [
    count(logs, 'log'),
    count(events, 'event'),
    `${number(hashes)} state hashes compared`,
    `${count(logsWithoutHash, 'log')} without any`,
  ];
  const lines = [
    same ? 'THE SAME STATES AS THEN' : `NOT THE SAME: ${count(divergences.length, 'log')}`,
    ...divergences.flatMap(renderDivergence),
    '',
    `Replayed ${counted.join(', ')} in ${(durationMs / 1000).toFixed(2)} s.`,
  ];
  return `${lines.map(visible).join('\n')}\n`;
}

function renderDivergence(divergence: Divergence, index: number): string[] {
  const { actor, log, seq, what, program, machine, expected, found, agreedAt } = divergence;
  const recorded = machine.recorded === null ? '' : `, version ${machine.recorded} then`;
  return [
    '',
    `${index + 1}. ${what}: ${divergence.message}`,
    `   at        ${actor}, log ${log.slice(0, 16)}, event ${seq}`,
    `   written   by bzzz ${program ?? 'of an unknown version'}`,
    `   machine   version ${machine.today} today${recorded}`,
    `   expected  ${show(expected)}`,
    `   found     ${show(found)}`,
    `   the same  ${agreedAt === null ? 'at no event before' : `at event ${agreedAt}`}`,
  ];
}

function show(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
