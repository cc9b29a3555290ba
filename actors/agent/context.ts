import type { TurnKind } from '../../events/index.ts';

/** A turn under way: what was asked, and the call that is open or answered. */
export type OpenTurn = {
  thread: string;
  kind: TurnKind;
  round: number;
  attempts: number;
  /** The call without an outcome yet. */
  open: string | null;
  /** The call that was answered. */
  answered: string | null;
  /** The call whose answer could not be used; absent until there is one. */
  rejected?: string;
};

/** What an agent knows about itself. Its words and memories are in the log. */
export type AgentContext = {
  name: string;
  project: string;
  role: string;
  roleHash: string;
  turns: Record<string, OpenTurn>;
  notes: number;
};
