import type { ActorKind } from '../../../events/index.ts';
import type { Db } from '../database.ts';

/** A log that a node has registered. */
export type RegisteredLog = {
  readonly address: string;
  readonly kind: ActorKind;
  /** Public key, hex. */
  readonly log: string;
  /** Address of the node that hosts it. */
  readonly node: string;
  /** Events of it that the views hold. */
  readonly events: number;
};

/** Every registered log, by address; those of the nodes themselves included. */
export async function listLogs(db: Db): Promise<RegisteredLog[]> {
  return await db
    .selectFrom('logs')
    .innerJoin('nodes', 'nodes.log', 'logs.log')
    .innerJoin('builds', (join) =>
      join.on('builds.projection', '=', 'directory').on('builds.state', '=', 'active'),
    )
    .leftJoin('checkpoints', (join) =>
      join
        .onRef('checkpoints.build', '=', 'builds.id')
        .onRef('checkpoints.log', '=', 'logs.hosted'),
    )
    .select((eb) => [
      'logs.address',
      'logs.kind',
      'logs.hosted as log',
      'nodes.address as node',
      eb.fn.coalesce('checkpoints.position', eb.lit(0)).as('events'),
    ])
    .orderBy('logs.address')
    .orderBy('logs.hosted')
    .execute();
}
