/** Text for people: made harmless, wrapped, counted. */
export { count, dollars, number } from './amounts.ts';
export { erased, inline, linesOf, visible, visibleJson } from './visible.ts';
export { columnsOf, wrap } from './wrap.ts';
