import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentAddress } from '../../events/index.ts';
import { loadConfig } from '../../src/config/index.ts';
import { openArchive, openNode, type Archive, type Node } from '../../src/node.ts';
import { withTempDir } from '../support/testNode.ts';

const agent = agentAddress('ada', 'reviewer', 'shop');
const token = ['gh', 'p_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('');
const text = `Never again ${token}.`;

/** Runs `use` with a node that an agent's memory was written to, and an archive of it. */
function withMemory(use: (node: Node, archive: Archive) => Promise<void>): () => Promise<void> {
  return () =>
    withTempDir(async (dir) => {
      const config = await loadConfig({ flags: {}, env: {}, cwd: dir });
      const node = await openNode({ ...config, data: `${dir}/data` });
      try {
        await remember(node);
        const archive = await openArchive({ ...config, data: `${dir}/data` });
        try {
          await use(node, archive);
        } finally {
          await archive.close();
        }
      } finally {
        await node.close();
      }
    });
}

async function remember({ host }: Node): Promise<void> {
  const role = { name: 'ada', role: 'reviewer', project: 'shop', roleHash: 'a'.repeat(64) };
  const register = {
    type: 'register' as const,
    ...role,
    capabilities: ['review'],
    tier: 'standard' as const,
  };
  await host.handle({ kind: 'agent', actor: agent, commandId: 'r', command: register });
  const thread = 'bzzz://*:*@shop:pr-1';
  const note = { type: 'remember', thread, topic: 'review.outcome', agent, text } as const;
  await host.handle({ kind: 'agent', actor: agent, commandId: 'n', command: note });
}

async function noteIn({ reader, vault }: Archive): Promise<string> {
  for (const { log, length } of (await reader.logs()).filter(({ actor }) => actor === agent))
    for await (const { body } of reader.events(log, 0, length))
      if (body) return (await vault.open(body)) ?? '';
  return '';
}

describe('a node', () => {
  it(
    'seals no text of an event with a secret in it, whoever wrote the text',
    withMemory(async (node) => {
      assert.match(await noteIn(node), /^Never again \[REDACTED:github-token:1:\w+\]\.$/);
    }),
  );

  it(
    'restores it, and so does an archive beside it',
    withMemory(async (node, archive) => {
      for (const { redactor } of [node, archive]) {
        assert.equal(await redactor.restore(agent, await noteIn(node)), text);
      }
    }),
  );
});
