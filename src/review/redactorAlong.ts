import { parseAddress, threadAddress } from '../../events/index.ts';
import type { Actors, Redactor } from '../ports.ts';

/**
 * A redactor for forks too: what is taken out of their texts is kept with the first thread of the line, whose
 * texts they go on from, so that a thing has one placeholder in all of them. `actors` is asked late: they seal
 * what the redactor returns.
 */
export function redactorAlong(redactor: Redactor, actors: () => Pick<Actors, 'state'>): Redactor {
  async function lineOf(subject: string): Promise<string> {
    const { project, task } = parseAddress(subject);
    if (subject !== threadAddress(project, task)) return subject;
    return (await actors().state('thread', subject))?.context.fork?.subject ?? subject;
  }
  return {
    redact: async (subject, text) => redactor.redact(await lineOf(subject), text),
    restore: async (subject, text) => redactor.restore(await lineOf(subject), text),
  };
}
