import { setTimeout as sleep } from 'node:timers/promises';
import { FakeProvider, type Seen, type Step } from '../../support/fakeProvider.ts';

/** What the model of a role says, as the JSON value of its answer. `turn` is the name of the schema. */
export type Script = (role: string, turn: string, prompt: string) => unknown;

/** What is asked of a model behind the OpenAI protocol, in the words of a review. */
export function askedOf({ body }: Seen): { role: string; turn: string; prompt: string } {
  const [, user] = body.messages;
  return {
    role: /^Role: (\S+)/m.exec(user?.content ?? '')?.[1] ?? '',
    turn: body.response_format?.json_schema.name ?? '',
    prompt: user?.content ?? '',
  };
}

/** A provider whose models answer by a script; `step` may say more, such as a delay. */
export function startTeam(
  script: Script,
  step: (seen: Seen, index: number) => Step = () => ({}),
): Promise<FakeProvider> {
  return FakeProvider.start((seen, index) => {
    const { role, turn, prompt } = askedOf(seen);
    return { text: JSON.stringify(script(role, turn, prompt)), ...step(seen, index) };
  });
}

/** A change of one new file, in which every line can be evidence. */
export const change = `diff --git a/pay.ts b/pay.ts
new file mode 100644
--- /dev/null
+++ b/pay.ts
@@ -0,0 +1,3 @@
+import { run } from './run.ts';
+eval(input);
+run(secret);
`;

const evidence = [{ path: 'pay.ts', line: 2 }];

/** One finding in the change above. */
export function finding(over: Readonly<Record<string, unknown>> = {}) {
  return {
    path: 'pay.ts',
    line: 2,
    endLine: 2,
    kind: 'eval',
    severity: 'high',
    confidencePct: 90,
    title: 'Input is run as code',
    detail: 'Whoever writes the input runs what they like.',
    suggestion: 'Parse it.',
    ...over,
  };
}

/** A team in which all find the same thing, and `approves` says who votes for it, by round. */
export function teamOf(approves: (role: string, round: number) => boolean): Script {
  return (role, turn, prompt) => {
    const round = prompt.includes('<positions>') ? 2 : 1;
    if (turn === 'bzzz_review') return { summary: `${role} has read it`, findings: [finding()] };
    if (turn === 'bzzz_discussion') {
      const stance = approves(role, 1) ? 'support' : 'object';
      return { remarks: [{ proposal: 'p1', stance, text: `${role} says why` }] };
    }
    const choice = approves(role, round) ? 'approve' : 'reject';
    const rationale = `${role} votes in round ${round}`;
    return { votes: [{ proposal: 'p1', choice, confidencePct: 70, rationale, evidence }] };
  };
}

/** A configuration whose models are answered by the team, at prices that make money of every token. */
export const pricedConfig = {
  llm: {
    models: { economy: 'fake-small', standard: 'fake-small', premium: 'fake-large' },
    prices: {
      'fake-small': { input: '0.30', output: '2.50' },
      'fake-large': { input: '3', output: '15' },
    },
  },
  budget: { taskUsd: 100, dayUsd: 1000 },
};

/** The environment that sends a review to the team. */
export function envOf(provider: FakeProvider): Record<string, string> {
  return { OPENAI_BASE_URL: provider.baseUrl, OPENAI_API_KEY: 'test' };
}

/** Resolves when the condition holds; throws when it does not within the time. */
export async function until(holds: () => boolean, timeoutMs = 10_000): Promise<void> {
  for (const endMs = performance.now() + timeoutMs; !holds(); await sleep(5))
    if (performance.now() > endMs) throw new Error(`not so within ${timeoutMs} ms`);
}
