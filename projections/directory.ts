import { change, json, on, projection, put, table } from './projection.ts';

/** Who and what is there: agents, nodes, and the log of every actor? */

export const agents = table({
  name: 'agents',
  columns: {
    address: 'text',
    name: 'text',
    role: 'text',
    project: 'text',
    capabilities: 'text',
    tier: ['economy', 'standard', 'premium'],
    /** Content hash of the role file. */
    roleHash: 'text',
    state: ['registered', 'suspended', 'retired'],
    /** Turns under way; an agent that has one is thinking. */
    openTurns: 'int',
    completedTurns: 'int',
    failedTurns: 'int',
    notes: 'int',
    registeredAt: 'text',
    updatedAt: 'text',
  },
  key: [],
  indexes: [['address']],
});

export const nodes = table({
  name: 'nodes',
  columns: {
    address: 'text',
    name: 'text',
    version: 'text',
    blobs: 'text',
    /** A node that crashed is up until it starts again. */
    state: ['up', 'down'],
    startedAt: 'text',
    stoppedAt: 'text?',
    sealedAt: 'text?',
  },
  key: [],
});

/** Every log that a node has registered, its own included. `log` is the node's, `hosted` the log itself. */
export const logs = table({
  name: 'logs',
  columns: { hosted: 'text', address: 'text', kind: ['thread', 'agent', 'budget', 'node'] },
  key: ['hosted'],
});

/** Whose texts were erased, why and by whom; one row per event of the node. */
export const erasures = table({
  name: 'erasures',
  columns: { seq: 'int', at: 'text', subject: 'text', reason: 'text', by: 'text' },
  key: ['seq'],
  indexes: [['subject']],
});

/** Agents, nodes, logs and erasures. */
export const directory = projection(
  'directory',
  2,
  [agents, nodes, logs, erasures],
  [
    on('agent.registered', ({ meta, event: { type: _type, capabilities, ...facts } }) => [
      put(agents, {
        address: meta.actor,
        ...facts,
        capabilities: json(capabilities),
        state: 'registered',
        openTurns: 0,
        completedTurns: 0,
        failedTurns: 0,
        notes: 0,
        registeredAt: meta.at,
        updatedAt: meta.at,
      }),
    ]),
    on('agent.role.revised', ({ meta, event: { type: _type, capabilities, ...facts } }) => [
      change(agents, {}, { ...facts, capabilities: json(capabilities), updatedAt: meta.at }),
    ]),
    on('agent.turn.started', ({ meta }) => [
      change(agents, {}, { updatedAt: meta.at }, { openTurns: 1 }),
    ]),
    on('agent.turn.completed', ({ meta }) => [
      change(agents, {}, { updatedAt: meta.at }, { openTurns: -1, completedTurns: 1 }),
    ]),
    on('agent.turn.failed', ({ meta }) => [
      change(agents, {}, { updatedAt: meta.at }, { openTurns: -1, failedTurns: 1 }),
    ]),
    on('agent.memory.noted', ({ meta }) => [
      change(agents, {}, { updatedAt: meta.at }, { notes: 1 }),
    ]),
    on('agent.suspended', ({ meta }) => [
      change(agents, {}, { state: 'suspended', updatedAt: meta.at }),
    ]),
    on('agent.resumed', ({ meta }) => [
      change(agents, {}, { state: 'registered', updatedAt: meta.at }),
    ]),
    on('agent.retired', ({ meta }) => [
      change(agents, {}, { state: 'retired', updatedAt: meta.at }),
    ]),
    on('node.started', ({ meta, event: { name, version, blobs } }) => [
      put(nodes, {
        address: meta.actor,
        name,
        version,
        blobs,
        state: 'up',
        startedAt: meta.at,
        stoppedAt: null,
        sealedAt: null,
      }),
      put(logs, { hosted: meta.stream, address: meta.actor, kind: 'node' }),
    ]),
    on('node.log.registered', ({ event: { log, actor, kind } }) => [
      put(logs, { hosted: log, address: actor, kind }),
    ]),
    on('node.checkpoint.sealed', ({ meta }) => [change(nodes, {}, { sealedAt: meta.at })]),
    on('node.subject.erased', ({ meta: { seq, at }, event: { subject, reason, by } }) => [
      put(erasures, { seq, at, subject, reason, by }),
    ]),
    on('node.stopped', ({ meta }) => [change(nodes, {}, { state: 'down', stoppedAt: meta.at })]),
  ],
);
