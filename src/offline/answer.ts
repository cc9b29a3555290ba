import { z } from 'zod';
import { parseRenderedChange, type FileChange } from '../shared/diff/index.ts';
import { readSection, type AnswerName, type Remark } from '../shared/prompt/index.ts';
import { bookOf } from './books.ts';
import { readChange } from './code/change.ts';
import type { Examined } from './decide.ts';
import { examine } from './examine.ts';
import { brevities, introduction, turns, type Matter } from './turns.ts';

export type Message = { role: string; content: string };

/** Changes kept examined: the turns of a review show all its roles the same one. */
const keptMax = 4;

const proposals = z.array(
  z.object({
    id: z.string(),
    path: z.string(),
    line: z.number(),
    endLine: z.number(),
    kind: z.string(),
    severity: z.string(),
    title: z.string(),
    detail: z.string(),
  }),
);
const positions = z.array(
  z.object({ proposal: z.string(), role: z.string(), choice: z.string(), rationale: z.string() }),
);

const remark = z.object({
  round: z.number(),
  role: z.string(),
  as: z.enum(['approve', 'reject', 'abstain', 'object', 'remark']),
  on: z.string().nullable(),
  text: z.string(),
});

/** Answers a prompt in the asked form, or in one sentence if none is asked for. */
export type Answerer = (
  messages: readonly Message[],
  answer: AnswerName | null,
  /** Whether an answer is short enough; a longer one is put more briefly as far as that goes. */
  fits: (text: string) => boolean,
) => string;

/** Makes an answerer that remembers the changes it has examined last. */
export function createAnswerer(): Answerer {
  const kept = new Map<string, Examined | null>();
  const examined = (text: string): Examined | null => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    if (kept.size >= keptMax) kept.clear();
    const fresh = examineText(text);
    kept.set(text, fresh);
    return fresh;
  };
  return (messages, answer, fits) => {
    if (answer === null)
      return `${introduction}: it reviews a change and votes on findings, and does nothing else.`;
    const matter = readMatter(messages, examined);
    let text = '';
    for (const brevity of brevities) {
      text = JSON.stringify(turns[answer]({ ...matter, brevity }));
      if (fits(text)) break;
    }
    return text;
  };
}

/** Reads the prompt as `renderPrompt` writes it: in sections of the user's message. */
function readMatter(
  messages: readonly Message[],
  examined: (text: string) => Examined | null,
): Omit<Matter, 'brevity'> {
  const user = messages
    .flatMap(({ role, content }) => (role === 'user' ? [content] : []))
    .join('\n');
  const own = readSection(user, 'role') ?? '';
  const role = /^Role: ([^\n]{1,64})(?:\n|$)/.exec(own)?.[1] ?? 'reader';
  const change = readSection(user, 'change');
  return {
    book: bookOf(role, own),
    examined: change === null ? null : examined(change),
    proposals: readList(proposals, readSection(user, 'proposals')),
    positions: readList(positions, readSection(user, 'positions')),
    remarks: readLines(readSection(user, 'history') ?? ''),
  };
}

function examineText(text: string): Examined | null {
  const files = parsed(text);
  if (files === null) return null;
  const change = readChange(files);
  return { change, findings: examine(change) };
}

function parsed(text: string): FileChange[] | null {
  try {
    return parseRenderedChange(text);
  } catch {
    return null; // Not a rendered change: the answer says so.
  }
}

function readList<T>(schema: z.ZodType<T[]>, text: string | null): T[] {
  try {
    return text === null ? [] : (schema.safeParse(JSON.parse(text)).data ?? []);
  } catch {
    return []; // Not JSON: as good as no section.
  }
}

/** The remarks among the lines of a history. */
function readLines(text: string): Remark[] {
  return text.split('\n').flatMap((line) => {
    try {
      return remark.safeParse(JSON.parse(line)).data ?? [];
    } catch {
      return [];
    }
  });
}
