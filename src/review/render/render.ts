import type { ReviewReport } from '../reviewReport.ts';
import { renderMarkdown } from './markdown.ts';
import { renderSarif } from './sarif.ts';
import { renderText, type TextOptions } from './text.ts';
import { visibleJson } from '../../shared/text/index.ts';

export type Format = 'text' | 'md' | 'json' | 'sarif';

export type RenderOptions = TextOptions & {
  /** Of bzzz, for formats that name the program. */
  readonly version: string;
};

/** The report in a format, with a line end. Whatever agents wrote, the output is safe to print and to post. */
export function render(format: Format, report: ReviewReport, options: RenderOptions): string {
  switch (format) {
    case 'text':
      return renderText(report, options);
    case 'md':
      return renderMarkdown(report);
    case 'json':
      return visibleJson(report);
    case 'sarif':
      return renderSarif(report, options);
  }
}
