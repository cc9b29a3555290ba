import type { Recorded, ThreadEvent } from '../../events/index.ts';
import type { Archive } from '../node.ts';
import { erasureOf, type ErasedBy } from './erasureOf.ts';
import { readTexts, type Texts } from '../review/index.ts';
import type { Thread } from '../views/index.ts';

/** A thread with the texts that can be opened here: what `thread show` tells. */
export type Story = Omit<Thread, 'entries'> & {
  readonly entries: readonly {
    readonly seq: number;
    readonly at: string;
    readonly agent: string | null;
    readonly event: ThreadEvent;
    readonly texts: Texts;
    /** True when there is a text and its key is not here: erased, or another machine's. */
    readonly unreadable: boolean;
    /** By whom, when and why the text was erased; null when it was not. */
    readonly erased: ErasedBy | null;
  }[];
};

/** Reads a thread from the views and opens what was said. Refusal NOT_FOUND. */
export async function storyOf(
  { views, vault }: Pick<Archive, 'views' | 'vault'>,
  address: string,
): Promise<Story> {
  const { entries, ...thread } = await views.showThread(address);
  const erasures = await views.listErasures();
  return {
    ...thread,
    entries: await Promise.all(
      entries.map(async ({ body, ...entry }) => {
        // A person's note is a plain text, an agent's statement a small object of texts.
        const texts: Texts = entry.agent
          ? await readTexts(vault, body ?? undefined)
          : await noteOf(vault, body);
        const unreadable = body !== null && Object.keys(texts).length === 0;
        const erased = unreadable ? erasureOf(erasures, body, entry.at) : null;
        return { ...entry, texts, unreadable, erased };
      }),
    ),
  };
}

async function noteOf(vault: Archive['vault'], body: Recorded['body'] | null): Promise<Texts> {
  const text = body ? await vault.open(body) : null;
  return text === null ? {} : { text };
}
