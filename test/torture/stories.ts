import { readSection } from '../../src/shared/prompt/index.ts';
import { z } from 'zod';
import type { Script } from '../e2e/support/team.ts';

/** The ways a review can go, each decided by what the change is called and by nothing else. */
export const stories = ['approved', 'changed', 'discussed', 'escalated', 'halved'] as const;
export type Story = (typeof stories)[number];

/** A change that nobody has reviewed before, and that leads to the story. */
export function changeOf(story: Story, marker: string): string {
  return `diff --git a/src/${story}.ts b/src/${story}.ts
new file mode 100644
--- /dev/null
+++ b/src/${story}.ts
@@ -0,0 +1,4 @@
+// ${marker}
+eval(input);
+run(secret);
+export { run };
`;
}

const split = ['architect', 'documentation'];

/** What the models say in every story. */
export const script: Script = (role, turn, prompt) => {
  // Of the change alone: what is remembered of earlier reviews names other stories.
  const change = readSection(prompt, 'change') ?? '';
  const story = stories.find((name) => change.includes(`src/${name}.ts`));
  if (!story) throw new Error('a prompt without a story');
  if (story === 'halved' && role === 'documentation') return 'I would rather not.';
  if (turn === 'bzzz_review')
    return { summary: `${role} has read it`, findings: find(story, role) };
  const items = proposalsIn(prompt);
  if (turn === 'bzzz_discussion') {
    const text = `${role} stays with it`;
    return { remarks: items.map(({ id }) => ({ proposal: id, stance: 'object', text })) };
  }
  const again = prompt.includes('<positions>');
  return {
    votes: items.map(({ id, path, line }) => ({
      proposal: id,
      choice: approves(story, role, again) ? 'approve' : 'reject',
      confidencePct: 80,
      rationale: `${role} has looked`,
      evidence: [{ path, line }],
    })),
  };
};

function find(story: Story, role: string): object[] {
  const severity = story === 'approved' ? 'low' : 'high';
  const said = {
    severity,
    confidencePct: 90,
    title: `${role} sees it`,
    detail: 'd',
    suggestion: '',
  };
  const at = (line: number, kind: string): object => {
    return { path: `src/${story}.ts`, line, endLine: line, kind, ...said };
  };
  return role === 'performance'
    ? []
    : [at(2, 'eval'), ...(story === 'changed' ? [at(3, 'leak')] : [])];
}

function approves(story: Story, role: string, again: boolean): boolean {
  switch (story) {
    case 'approved':
      return false;
    case 'changed':
    case 'halved':
      return role !== 'performance';
    case 'discussed':
      return split.includes(role) || again;
    case 'escalated':
      return split.includes(role);
  }
}

const proposals = z.array(z.object({ id: z.string(), path: z.string(), line: z.int() }));

function proposalsIn(prompt: string): z.infer<typeof proposals> {
  return proposals.parse(JSON.parse(readSection(prompt, 'proposals') ?? '[]'));
}
