import type { Refusal } from '../../../events/index.ts';
import type { Clock } from '../../ports.ts';
import { ApiKey } from './apiKey.ts';
import { KeysFile, statEveryMs } from './keysFile.ts';

/** Where the keys of a server come from; an empty key is for a server that asks for none. */
export type KeySource = { readonly key: string } | { readonly file: string };

type Member = {
  readonly key: ApiKey;
  /** Number of the use, not a time: two uses in one millisecond have an order too. */
  lastUse: number;
  /** Why the key is in quarantine, by model; by `everyModel` for all of them. */
  readonly quarantine: Map<string, Refusal>;
};

const everyModel = '';

/** The keys of one server, the least recently used first. Those a server has refused are in quarantine. */
export class KeyPool {
  /** How soon waiting for a key may be answered by a change of the file; null when there is none. */
  readonly lookAgainMs: number | null;
  readonly #file: KeysFile | null;
  #members: readonly Member[] = [];
  #uses = 0;

  /** Refusal ARGUMENT_INVALID for keys that cannot be sent, and a file without keys or open to others. */
  constructor(source: KeySource, server: string, clock: Clock) {
    this.#file = 'file' in source ? new KeysFile(source.file, clock) : null;
    this.lookAgainMs = this.#file && statEveryMs;
    if ('key' in source) this.#replace([new ApiKey(source.key, `the API key of ${server}`)]);
    else this.#refresh();
  }

  /** Keys that may be used for the model. Throws why the last one may not when there is none. */
  usable(model: string): readonly ApiKey[] {
    this.#refresh();
    const reasons: Refusal[] = [];
    const usable = this.#members.filter(({ quarantine }) => {
      const reason = quarantine.get(everyModel) ?? quarantine.get(model);
      if (reason) reasons.push(reason);
      return !reason;
    });
    const reason = reasons.at(-1);
    if (usable.length === 0 && reason) throw reason;
    return usable.toSorted((a, b) => a.lastUse - b.lastUse).map(({ key }) => key);
  }

  used(key: ApiKey): void {
    const member = this.#find(key);
    if (member) member.lastUse = ++this.#uses;
  }

  /** Takes a key out, for all models or this one, until the file changes. True when the model has others. */
  quarantine(key: ApiKey, reason: Refusal, model: string, isForAll: boolean): boolean {
    this.#find(key)?.quarantine.set(isForAll ? everyModel : model, reason);
    return this.#members.some(
      ({ quarantine }) => !quarantine.has(everyModel) && !quarantine.has(model),
    );
  }

  #refresh(): void {
    const keys = this.#file?.changed();
    if (keys) this.#replace(keys);
  }

  /** A key that stays is the same object, so that what was learned of its limits stays too. */
  #replace(keys: readonly ApiKey[]): void {
    const known = new Map(this.#members.map((member) => [member.key.reveal(), member]));
    this.#members = keys.map((key) => {
      const { key: same = key, lastUse = 0 } = known.get(key.reveal()) ?? {};
      return { key: same, lastUse, quarantine: new Map() };
    });
  }

  #find(key: ApiKey): Member | undefined {
    return this.#members.find((member) => member.key === key);
  }
}
