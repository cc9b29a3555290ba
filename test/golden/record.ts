import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { threadAddress } from '../../events/index.ts';
import { openReview } from '../../src/review/open.ts';
import { performWork } from '../../src/review/perform.ts';
import { raiseCap } from '../../src/review/raise.ts';
import { rememberReview } from '../../src/review/remember.ts';
import { drive } from '../../src/runtime/index.ts';
import { forkOn } from '../support/forks.ts';
import { scriptedGateway } from '../support/scriptedGateway.ts';
import { stateHash } from '../../src/shared/stateHash.ts';
import {
  openTestNode,
  reviewDeps,
  testBudget,
  testPolicy,
  withTempDir,
  type TestNode,
} from '../support/testNode.ts';

/**
 * Records the golden logs of this version, once per release: `node test/golden/record.ts`. What is recorded
 * is never edited; golden.golden.test.ts replays all of it through today's code, for ever.
 */
const diff = `--- a/pay.ts
+++ b/pay.ts
@@ -1,2 +1,4 @@
 const a = 1;
+eval(a);
+// TODO
 const b = 2;
`;
const roles = ['architect', 'reviewer', 'performance', 'documentation'];

const gateway = scriptedGateway((role, turn, { messages }) => {
  const split = messages[1]?.content.includes('@@ -1,2 +1,4 @@ split') ?? false;
  const texts = { severity: 'high', confidencePct: 90, title: 't', detail: 'd', suggestion: 's' };
  if (turn === 'bzzz_review') {
    const findings = [2, 3].map((line) => ({
      path: 'pay.ts',
      line,
      endLine: line,
      kind: line === 2 ? 'eval' : 'todo',
      ...texts,
    }));
    return { summary: role, findings: role === 'documentation' ? [] : findings };
  }
  if (turn === 'bzzz_discussion') {
    const stance = role === 'reviewer' ? 'object' : 'support';
    return { remarks: [{ proposal: 'p1', stance, text: `${role} on p1` }] };
  }
  const half = role === 'architect' || role === 'reviewer';
  const evidence = [{ path: 'pay.ts', line: 2 }];
  return {
    votes: ['p1', 'p2'].map((proposal) => ({
      proposal,
      choice: (split ? half : proposal === 'p1') ? 'approve' : 'reject',
      confidencePct: 80,
      rationale: role,
      evidence,
    })),
  };
});

async function review(node: TestNode, task: string, text: string, limit: number): Promise<void> {
  const deps = reviewDeps(node, gateway, roles);
  const request = {
    project: 'shop',
    task,
    diff: text,
    policy: testPolicy,
    deadlineMs: 600_000,
    budget: testBudget(limit, 100_000),
  };
  const thread = await openReview(deps, request);
  const { signal } = new AbortController();
  const perform: Parameters<typeof drive>[0]['perform'] = (address, work, stop) =>
    performWork(deps, address, work, stop);
  await drive({ host: node.host, thread, perform, signal });
  await rememberReview(deps, thread);
}

async function resolve({ host }: TestNode, task: string): Promise<void> {
  const thread = threadAddress('shop', task);
  const to = { kind: 'thread' as const, actor: thread };
  const answer = { escalation: 1, verdict: 'approved' as const, by: 'Ann', note: 'fine', thread };
  await host.handle({
    ...to,
    commandId: 'resolve',
    command: { type: 'resolveEscalation', ...answer },
  });
  await host.handle({ ...to, commandId: 'verdict', command: { type: 'proceed' } });
}

/** What happens to a node besides reviews. */
async function keepHouse({ host, store }: TestNode): Promise<void> {
  const [own] = host.registered();
  if (!own) throw new TypeError('a node without a log');
  const at = '2026-11-24T12:00:00.000Z';
  const by = 'Ann';
  const logs = host.registered().map(({ log }) => log);
  const note = await store.checkpoint({ name: 'local', log: own.log }, logs, at);
  const erased = { subject: threadAddress('shop', 'broke'), reason: 'asked to', by, key: null };
  for (const command of [
    { type: 'sealCheckpoint' as const, heads: await store.heads() },
    { type: 'recordWitnessed' as const, note },
    { type: 'eraseSubject' as const, ...erased, blobs: [] },
    { type: 'recordRestored' as const, takenAt: at, by },
  ])
    await host.handle({ kind: 'node', actor: own.actor, commandId: command.type, command });
}

async function dump(node: TestNode, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const states: Record<string, string> = {};
  for (const [index, { actor, kind }] of node.host.registered().entries()) {
    const log = await node.store.open(actor);
    const lines: string[] = [];
    for await (const block of log.read()) lines.push(Buffer.from(block).toString('utf8'));
    await log.close();
    const name = `${String(index).padStart(2, '0')}-${kind}.jsonl`;
    await writeFile(join(to, name), `${lines.join('\n')}\n`);
    const state = await node.host.state(kind, actor);
    if (state) states[name] = stateHash(state);
  }
  await writeFile(join(to, 'states.json'), `${JSON.stringify(states, null, 2)}\n`);
}

await withTempDir(async (dir) => {
  const node = await openTestNode(dir);
  await review(node, 'agreed', diff, 50_000);
  await review(node, 'escalated', diff.replace('@@ -1,2 +1,4 @@', '@@ -1,2 +1,4 @@ split'), 50_000);
  await resolve(node, 'escalated');
  await review(node, 'broke', diff.replace('TODO', 'FIXME'), 50);
  await review(node, 'lifted', diff.replace('TODO', 'XXX'), 50);
  const cap = { escalation: 1, scope: 'task:lifted', limitMicroUsd: 50_000, by: 'Ann' };
  const lifted = threadAddress('shop', 'lifted');
  await raiseCap({ actors: node.host }, lifted, { ...cap, deadlineMs: 600_000 });
  await review(node, 'lifted', diff.replace('TODO', 'XXX'), 50);
  await forkOn(node, threadAddress('shop', 'agreed'), { seq: 1, task: 'what-if', model: 'm-2' });
  await review(node, 'what-if', diff, 50_000);
  await keepHouse(node);
  const to = join(import.meta.dirname, packageJson.version);
  await dump(node, to);
  await node.close();
  console.log(`recorded in ${to}`);
});
