import { Refusal, Unavailable } from '../../events/index.ts';
import type { ModelGateway, ModelRequest } from '../../src/ports.ts';
import { Dice } from '../support/dice.ts';
import { testPrice } from '../support/scriptedGateway.ts';
import type { Wait } from './disk.ts';

const finding = { severity: 'high', confidencePct: 90, title: 't', detail: 'd', suggestion: 's' };
const choices = ['approve', 'approve', 'reject', 'abstain'] as const;
const attemptsMax = 3;
const tokensMax = 50;

/** A provider of models: it is not part of any process, and what it has answered it bills. */
export class Provider {
  readonly #dice: Dice;
  /** What it asks for, in micro-dollars. */
  billed = 0;
  attempts = 0;
  /** Percent of attempts that go wrong. */
  troublePct = 0;

  constructor(seed: number) {
    this.#dice = new Dice(seed, 'provider');
  }

  gateway(wait: Wait): ModelGateway {
    const { terms, costMicroUsd } = worst;
    return {
      quote: () => ({
        provider: 'simulated',
        priceBook: 'ab'.repeat(32),
        price: testPrice,
        terms,
        costMicroUsd,
      }),
      fallbacks: () => [],
      retry: async (fn) => {
        for (let attempt = 1; ; attempt++) {
          try {
            return await fn(attempt);
          } catch (error) {
            const again = error instanceof Unavailable && error.code === 'MODEL_UNAVAILABLE';
            if (!again || attempt === attemptsMax) throw error;
          }
        }
      },
      admit: async (request, { signal }) => {
        await wait('admit');
        signal.throwIfAborted();
        return {
          release: () => undefined,
          attempt: async (options) => {
            await wait('attempt');
            options.signal.throwIfAborted();
            const answer = this.#answer(request);
            await wait('answer');
            options.signal.throwIfAborted();
            if (answer instanceof Error) throw answer;
            return answer;
          },
        };
      },
    };
  }

  #answer(request: ModelRequest) {
    const dice = this.#dice;
    this.attempts++;
    if (dice.chance(this.troublePct)) {
      const kind = dice.one('busy', 'broken', 'rejected', 'nonsense', 'silent');
      if (kind === 'busy') return unavailable(429, false);
      if (kind === 'broken') {
        this.billed += worst.costMicroUsd;
        return unavailable(500, true);
      }
      if (kind === 'rejected')
        return new Refusal('MODEL_REJECTED', 'no', { data: { status: 400, billable: false } });
      return this.#bill(kind === 'nonsense' ? 'what?' : say(dice, request), kind === 'silent');
    }
    return this.#bill(say(dice, request), false);
  }

  #bill(text: string, isSilent: boolean) {
    const inputTokens = this.#dice.whole(1, tokensMax);
    const outputTokens = this.#dice.whole(1, tokensMax);
    this.billed += inputTokens + outputTokens;
    const cache = { cachedInputTokens: 0, cacheWriteTokens: null, reasoningTokens: 0 };
    const usage = isSilent ? null : { inputTokens, outputTokens, ...cache };
    const whole = { finishReason: 'stop', serviceTier: null, requestId: null, latencyMs: 1 };
    return { text, model: 'm-1', usage, ...whole };
  }
}

const worst = {
  terms: {
    promptTokens: tokensMax,
    maxTokens: tokensMax,
    serviceTier: 'standard',
    region: null,
  },
  costMicroUsd: 2 * tokensMax,
} as const;

function unavailable(status: number, billable: boolean): Unavailable {
  const data = { status, billable, retryAfterMs: null };
  return new Unavailable('MODEL_UNAVAILABLE', `status ${status}`, { data });
}

function say(dice: Dice, { schema, messages }: ModelRequest): string {
  const prompt = messages[1]?.content ?? '';
  const items = [...new Set(prompt.match(/\bp[1-9]\b/g) ?? [])];
  if (schema?.name === 'bzzz_review') {
    const lines = [2, 3].filter(() => dice.chance(60));
    const findings = lines.map((line) => {
      return { path: 'pay.ts', line, endLine: line, kind: `kind-${line}`, ...finding };
    });
    return JSON.stringify({ summary: 's', findings });
  }
  if (schema?.name === 'bzzz_discussion') {
    const remarks = items.map((proposal) => {
      return { proposal, stance: dice.one('object', 'neutral'), text: 'x' };
    });
    return JSON.stringify({ remarks });
  }
  const votes = items.map((proposal) => {
    const evidence = [{ path: 'pay.ts', line: 2 }];
    return { proposal, choice: dice.one(...choices), confidencePct: 80, rationale: 'r', evidence };
  });
  return JSON.stringify({ votes });
}
