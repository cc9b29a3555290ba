/** A review report for people and programs: text, Markdown, JSON, SARIF. */
export { render } from './render.ts';
export type { Format, RenderOptions } from './render.ts';
