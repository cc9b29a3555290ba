import { styleText } from 'node:util';
import { linesOf, wrap } from '../../shared/text/index.ts';

type Style = Parameters<typeof styleText>[0];

/** How wide lines may get, and whether they are coloured. */
export type Pen = { readonly width: number; paint(style: Style, text: string): string };

/** Narrower is not readable, wider neither. */
const widthMin = 40;
const widthMax = 100;
const labelWidth = 10;

export function createPen(colour: boolean, columns = widthMax): Pen {
  return {
    width: Math.max(widthMin, Math.min(columns, widthMax)),
    paint: (style, text) =>
      colour && text !== '' ? styleText(style, text, { validateStream: false }) : text,
  };
}

/** A paragraph of ours, set in. */
export function paragraph(pen: Pen, indent: string, text: string, style?: Style): string[] {
  return wrap(text, pen.width - indent.length).map(
    (line) => indent + (style ? pen.paint(style, line) : line),
  );
}

/** What somebody else wrote, behind a bar: whatever it says, it cannot pass for a line of ours. */
export function quotation(pen: Pen, indent: string, text: string | null): string[] {
  const bar = pen.paint('dim', '│');
  return linesOf(text)
    .flatMap((line) => wrap(line, pen.width - indent.length - 2))
    .map((line) => (line === '' ? indent + bar : `${indent}${bar} ${line}`));
}

/** Lines with a label in front of the first: our words, then what somebody wrote, if anything. */
export function labelled(
  pen: Pen,
  indent: string,
  label: string,
  ours: string,
  theirs: string | null = '',
): string[] {
  const inner = indent + ' '.repeat(labelWidth);
  const lines = [
    ...(ours === '' ? [] : paragraph(pen, inner, ours)),
    ...quotation(pen, inner, theirs),
  ];
  const style: Style = label === 'dissent' ? ['bold', 'yellow'] : 'dim';
  const shown = indent + pen.paint(style, label) + ' '.repeat(labelWidth - label.length);
  return lines.map((line, index) => (index === 0 ? shown + line.slice(inner.length) : line));
}
