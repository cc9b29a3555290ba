import { parseAddress } from '../../../events/index.ts';
import type { PaidTurn } from '../../ports.ts';
import type { CallDeps } from './deps.ts';

/** Everything that a call counts in: one decision is made over all of it. Windows are UTC. */
export function scopesOf(
  { clock, labels }: Pick<CallDeps, 'clock' | 'labels'>,
  { agent, thread }: Pick<PaidTurn, 'agent' | 'thread'>,
): string[] {
  const now = new Date(clock.nowMs()).toISOString();
  const asked = parseAddress(agent);
  const { project, task } = parseAddress(thread);
  return [
    `task:${task}`,
    `thread:${task}`,
    `agent:${asked.agent}`,
    `role:${asked.role}`,
    `project:${project}`,
    `day:${now.slice(0, 10)}`,
    `month:${now.slice(0, 7)}`,
    ...Object.entries(labels).map(([kind, name]) => `${kind}:${name}`),
  ];
}
