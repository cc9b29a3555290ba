import { parseAddress } from '../../../events/index.ts';
import type { Arriving } from '../../llm/index.ts';
import type { Io } from '../io.ts';

/** What a person who waits is told. */
export type Progress = {
  /** Something has happened. */
  line(text: string): void;
  /** A model is writing. */
  writing(arriving: Arriving): void;
};

export const silent: Progress = { line: () => undefined, writing: () => undefined };

/** Often enough to look alive, seldom enough not to be what the time goes into. */
const redrawMs = 100;
const eraseLine = '\r\u001B[K';

/**
 * Lines on standard error with the seconds since the start; on a terminal, below them, how much each agent
 * has written so far.
 */
export function progressTo(io: Io): Progress {
  const startedMs = performance.now();
  const written = new Map<string, number>();
  let drawnMs = 0;
  let drawn = '';
  const draw = (status: string): void => {
    if (status !== drawn) io.err(`${eraseLine}${status}`);
    drawn = status;
  };
  return {
    line(text) {
      if (drawn) draw('');
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1).padStart(6);
      io.err(`${seconds}s  ${text}\n`);
      written.clear();
    },
    writing({ agent, text }) {
      if (!io.isTerminal.err) return;
      const name = parseAddress(agent).agent;
      written.set(name, (written.get(name) ?? 0) + text.length);
      const nowMs = performance.now();
      if (nowMs - drawnMs < redrawMs) return;
      drawnMs = nowMs;
      const status = [...written].map(([who, length]) => `${who} ${length}`).join(', ');
      draw(`         writing, in characters: ${status}`.slice(0, io.columns - 1));
    },
  };
}
