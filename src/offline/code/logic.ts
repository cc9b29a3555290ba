import type { Source, SourceLine } from './source.ts';

const declarative =
  /^\s*(?:import\b|export\s+(?:\*|\{|type\b|interface\b)|from\b|type\b|interface\b|@|[}\])];?,?\s*$|[\w$'"?]+\??\s*:[^=(]*[;,]?\s*$|\|)/;

/** True for a line that does something when it runs: not a type, an import, a brace or a comment. */
function isLogic({ code }: SourceLine): boolean {
  return /[a-z]/i.test(code) && !declarative.test(code);
}

/** True when nothing was added to the file but types, imports, comments and constants. */
export function onlyDeclares(source: Source): boolean {
  return !source.lines.some(
    (line) => line.added && isLogic(line) && /\(|=>|\breturn\b/.test(line.code),
  );
}

/** The added lines of logic in a source file; none in tests, scripts, data and documents. */
export function logicLines(source: Source): SourceLine[] {
  const judged = ['ecma', 'python', 'go', 'brace'].includes(source.language);
  if (!judged || source.purpose !== 'source' || onlyDeclares(source)) return [];
  return source.lines.filter((line) => line.added && isLogic(line));
}
