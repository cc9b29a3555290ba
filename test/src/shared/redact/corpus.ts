import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawFrom, generate } from './generate.ts';

/** A text and what of it must be gone: nothing, in a negative case. */
export type Case = {
  /** Kind of what is hidden, or why nothing may be. */
  readonly label: string;
  readonly text: string;
  readonly hidden: readonly { from: number; to: number }[];
  /** Every third case was not looked at while the detectors were made. */
  readonly heldOut: boolean;
  readonly place: string;
};

const root = join(import.meta.dirname, 'corpus');

/** @param seed other seeds, other secrets in the same contexts */
export function loadCorpus(side: 'positive' | 'negative', seed: string): Case[] {
  return readdirSync(join(root, side))
    .toSorted()
    .flatMap((file) =>
      templatesIn(join(root, side, file)).map(({ label, template, line }, at) => ({
        ...fill(template, `${seed}:${template}`),
        label,
        heldOut: at % 3 === 2,
        place: `${side}/${file}:${line}`,
      })),
    );
}

function templatesIn(path: string): { label: string; template: string; line: number }[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((text, at) => {
      const cut = text.indexOf(' | ');
      if (cut < 0 || text.startsWith('# ')) return [];
      return [{ label: text.slice(0, cut), template: text.slice(cut + 3), line: at + 1 }];
    });
}

/** Fills in `§name:argument§`, turns `⏎` into a line end and takes the marks out. */
export function fill(template: string, seed: string): Pick<Case, 'text' | 'hidden'> {
  const draw = drawFrom(seed);
  const filled = template
    .replaceAll('⏎', '\n')
    .replaceAll(/§(\w+)(?::([^§]*))?§/g, (_all, name: string, argument: string | undefined) =>
      generate(name, argument ?? '', draw),
    );
  const hidden: { from: number; to: number }[] = [];
  let text = '';
  for (const piece of filled.split(/(«[^»]*»)/)) {
    const from = text.length;
    text += piece.startsWith('«') ? piece.slice(1, -1) : piece;
    if (piece.startsWith('«')) hidden.push({ from, to: text.length });
  }
  return { text, hidden };
}
