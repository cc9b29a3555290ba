import { sha256Hex, type Usage } from '../../events/index.ts';
import { FakeProvider, type Seen } from '../support/fakeProvider.ts';
import { askedOf, pricedConfig } from '../e2e/support/team.ts';
import type { Dice } from './dice.ts';
import { script } from './stories.ts';

/** Waits of the model, in milliseconds: long enough for a kill to fall into them. */
const delayMsMax = 90;

/** A call as its receiver saw it. */
export type Call = {
  /** Content hash of the request, as the log has it if the log is honest. */
  readonly requestHash: string;
  /** How long the answer will take. */
  readonly delayMs: number;
};

/** The other side of every model call: what it was asked is known here, whatever the killed process says. */
export class Witness {
  readonly calls: Call[] = [];
  onCall: (call: Call) => void = () => undefined;
  readonly #provider: FakeProvider;

  private constructor(provider: FakeProvider) {
    this.#provider = provider;
  }

  static async start(dice: Dice): Promise<Witness> {
    const made: { witness?: Witness } = {};
    const provider = await FakeProvider.start((seen) => {
      const { role, turn, prompt } = askedOf(seen);
      const call = { requestHash: requestHashOf(seen), delayMs: dice.whole(1, delayMsMax) };
      made.witness?.calls.push(call);
      made.witness?.onCall(call);
      const usage = usageOf(call.requestHash);
      return {
        text: JSON.stringify(script(role, turn, prompt)),
        delayMs: call.delayMs,
        usage: { prompt_tokens: usage.inputTokens, completion_tokens: usage.outputTokens },
      };
    });
    made.witness = new Witness(provider);
    return made.witness;
  }

  get baseUrl(): string {
    return this.#provider.baseUrl;
  }

  close(): Promise<void> {
    return this.#provider.close();
  }
}

// The request in our own words, from what came over the wire.
function requestHashOf({ body }: Seen): string {
  const { model, messages, max_completion_tokens: maxTokens = 0, response_format: format } = body;
  const { name = '', schema } = format?.json_schema ?? {};
  return sha256Hex(JSON.stringify({ model, messages, maxTokens, schema: { name, schema } }));
}

/** What the answer to a request is reported to have used: the same whenever it is made. */
export function usageOf(requestHash: string): Usage {
  const chance = Number.parseInt(requestHash.slice(0, 8), 16);
  const inputTokens = 100 + (chance % 397);
  const outputTokens = 10 + (chance % 89);
  const none = { cachedInputTokens: 0, cacheWriteTokens: null, reasoningTokens: 0 };
  return { inputTokens, outputTokens, ...none };
}

const prices: Readonly<Record<string, { readonly input: string; readonly output: string }>> =
  pricedConfig.llm.prices;

/** What a request costs in micro-dollars, by the prices in the configuration and counted here. */
export function costOf(model: string, requestHash: string): number {
  const { input, output } = prices[model] ?? { input: 'NaN', output: 'NaN' };
  const { inputTokens, outputTokens } = usageOf(requestHash);
  // Tenths of a micro-dollar: the prices have no more than one decimal.
  const tenths = inputTokens * Number(input) * 10 + outputTokens * Number(output) * 10;
  return Math.ceil(Math.round(tenths) / 10);
}
