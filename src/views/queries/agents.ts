import { agentAddress, parseAddress, Refusal } from '../../../events/index.ts';
import type { Database, Db } from '../database.ts';
import { fromJson } from '../fromJson.ts';
import { listErasures, type ErasedSubject } from './erasures.ts';
import { moneyOf, type Money } from './costs.ts';

/** An agent; `log` is the public key of its log, hex. */
export type AgentSummary = Omit<Database['agents'], 'capabilities' | 'state'> & {
  readonly capabilities: readonly string[];
  readonly state: 'idle' | 'thinking' | 'suspended' | 'retired';
};

export type Agent = {
  readonly agent: AgentSummary;
  /** Threads it takes part in, the latest first. */
  readonly threads: readonly {
    readonly address: string;
    readonly state: Database['threads']['state'];
    readonly openedAt: string;
    /** How far the agent is with its review. */
    readonly review: Database['participants']['state'];
    /** Why it failed. */
    readonly reason: string | null;
  }[];
  readonly cost: Money;
  /** When its notes were erased, the latest first. */
  readonly erasures: readonly ErasedSubject[];
};

/** Agents that match an address pattern, by address. Throws Refusal ADDRESS_INVALID. */
export async function listAgents(db: Db, pattern = 'bzzz://*:*@*:*'): Promise<AgentSummary[]> {
  const { agent, role, project } = parseAddress(pattern);
  let query = db.selectFrom('agents').selectAll().orderBy('address');
  if (agent !== '*') query = query.where('name', '=', agent);
  if (role !== '*') query = query.where('role', '=', role);
  if (project !== '*') query = query.where('project', '=', project);
  return (await query.execute()).map(summaryOf);
}

/** An agent by its address, on whatever task. Throws Refusal ADDRESS_INVALID or NOT_FOUND. */
export async function showAgent(db: Db, text: string): Promise<Agent> {
  const { agent, role, project } = parseAddress(text);
  const address = agentAddress(agent, role, project);
  const row = await db
    .selectFrom('agents')
    .selectAll()
    .where('address', '=', address)
    .orderBy('registeredAt')
    .executeTakeFirst();
  if (!row) throw new Refusal('NOT_FOUND', `there is no agent ${address}`);
  const threads = await db
    .selectFrom('participants')
    .innerJoin('threads', 'threads.log', 'participants.log')
    .select(['threads.address', 'threads.state', 'threads.openedAt'])
    .select(['participants.state as review', 'participants.reason'])
    .where('participants.agent', '=', address)
    .orderBy('threads.openedAt', 'desc')
    .orderBy('threads.address')
    .execute();
  const cost = await moneyOf(db, 'agent', address);
  const erasures = await listErasures(db, { subject: address });
  return { agent: summaryOf(row), threads, cost, erasures };
}

function summaryOf({ capabilities, state, ...row }: Database['agents']): AgentSummary {
  const working = row.openTurns > 0 ? 'thinking' : 'idle';
  return {
    ...row,
    capabilities: fromJson<string[]>(capabilities),
    state: state === 'registered' ? working : state,
  };
}
