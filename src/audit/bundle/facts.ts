import type { BundledLog, ExcludedLog } from './format.ts';

/** What a bundle says beside its logs. None of it is signed but the checkpoint. */
export type BundleFacts = {
  /** Address of the thread that it is about; null when it holds the whole node. */
  readonly scope: string | null;
  /** When it was made; the checkpoint says the same. */
  readonly exportedAt: string;
  /** The logs in it and whose it says they are. */
  readonly labels: readonly Pick<BundledLog, 'actor' | 'kind' | 'key' | 'file'>[];
  readonly excluded: readonly ExcludedLog[];
  /** Signed note over the node's log and the heads of all logs when it was exported; null without one. */
  readonly checkpoint: string | null;
  /** Files that do not have the bytes that were exported. */
  readonly damaged: readonly { file: string; expected: string; found: string }[];
};
