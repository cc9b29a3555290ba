import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal, Unavailable, worstCaseMicroUsd, type ServiceTier } from '../../events/index.ts';
import { createRetry } from '../../src/llm/retry.ts';
import type { ModelAnswer, ModelGateway, ModelRequest } from '../../src/ports.ts';
import { Dice } from './dice.ts';
import { anyUse, billOf, paidModels, usageOf, type PaidModel, type TrueUse } from './paidModels.ts';

/** A provider that behaves at random, and keeps the bills that it will send. */

const fates = [
  ['answer', 50],
  ['nonsense', 8],
  ['cut', 4],
  ['declined', 2],
  ['no usage', 5],
  ['impossible usage', 4],
  ['absurd usage', 1],
  ['more than asked', 6],
  ['broke off', 5],
  ['away', 4],
  ['busy', 5],
  ['rejected', 2],
  ['silent', 4],
] as const;
type Fate = (typeof fates)[number][0];

/** What the provider charges for one attempt, whatever became of it. */
export type ProviderBill = {
  readonly turn: string;
  readonly call: string;
  readonly amountMicroUsd: number;
  /** More tokens than asked for, or a dearer tier: no cap can foresee it. */
  readonly isExcess: boolean;
};

export type PaidProvider = ModelGateway & {
  readonly bills: readonly ProviderBill[];
  /** Slots that were given out and not given back. */
  readonly slotsOut: number;
  /** Told of every attempt as it begins. */
  onAttempt: (turn: string, dice: Dice) => void;
  /** The call that a turn makes next, as its agent has recorded it. */
  onCall(turn: string, call: string): void;
};

/** Part of the truth that the provider reports of what it bills, in percent; an honest one tells all. */
export type ProviderOptions = {
  readonly seed: number;
  readonly isTiny: boolean;
  readonly toldPct?: number;
};

/** Turns are told apart by the first message, which is the turn's id. */
export function paidProvider({ seed, isTiny, toldPct = 100 }: ProviderOptions): PaidProvider {
  const models = paidModels(seed, isTiny);
  const calls = new Map<string, string>();
  const attempts = new Map<string, number>();
  const bills: ProviderBill[] = [];
  let slotsOut = 0;
  const modelOf = ({ model }: ModelRequest): PaidModel => {
    const found = models.get(model);
    if (found) return found;
    throw new Refusal('MODEL_UNKNOWN', `no price for ${model}`, { data: { model } });
  };

  async function attempt(request: ModelRequest, signal: AbortSignal): Promise<ModelAnswer> {
    const turn = turnOf(request);
    const number = (attempts.get(turn) ?? 0) + 1;
    attempts.set(turn, number);
    const dice = new Dice(seed, `${turn} ${number}`);
    const fate = dice.weighted(fates);
    const model = modelOf(request);
    const work = workOf(dice, fate, model, request);
    if (work.bills) {
      const amountMicroUsd = billOf(model, work.tier, work.use);
      const call = calls.get(turn) ?? '';
      // From here on the provider writes, whether somebody waits for it or not.
      bills.push({ turn, call, amountMicroUsd, isExcess: work.isExcess });
    }
    provider.onAttempt(turn, dice);
    if (fate === 'silent') await silence(signal);
    else await sleep(dice.whole(0, 6), undefined, { signal }).catch(() => signal.throwIfAborted());
    throwIfFailed(fate, dice);
    return answerOf(dice, fate, model, work, toldPct);
  }

  const provider: PaidProvider = {
    onAttempt: () => undefined,
    bills,
    get slotsOut() {
      return slotsOut;
    },
    onCall: (turn, call) => calls.set(turn, call),
    quote(request) {
      const { price, terms } = modelOf(request);
      const all = { ...terms, promptTokens: promptTokensOf(request), maxTokens: request.maxTokens };
      const costMicroUsd = worstCaseMicroUsd(price, all, terms) ?? 0;
      return { provider: 'paid', priceBook: 'ab'.repeat(32), price, terms: all, costMicroUsd };
    },
    retry: createRetry({ maxAttempts: 3, baseDelayMs: 1, maxDelayMs: 4 }),
    fallbacks: (model) => (model === 'large' ? ['spare'] : []),
    async admit(request, { signal }) {
      signal.throwIfAborted();
      slotsOut++;
      let isOut = true;
      const release = (): void => {
        if (isOut) slotsOut--;
        isOut = false;
      };
      return {
        release,
        attempt: async (how) => {
          release();
          how.signal.throwIfAborted();
          return attempt(request, how.signal);
        },
      };
    },
  };
  return provider;
}

/** The request of a turn; its prompt is that many tokens long at most. */
export function paidRequest(
  turn: string,
  {
    model,
    promptTokens,
    maxTokens,
  }: Pick<ModelRequest, 'model' | 'maxTokens'> & { promptTokens: number },
): ModelRequest {
  return { model, messages: [{ role: 'user', content: `${turn} ${promptTokens}` }], maxTokens };
}

function turnOf({ messages }: ModelRequest): string {
  return messages[0]?.content.split(' ')[0] ?? '';
}

// A wish for a mended answer makes a prompt longer.
function promptTokensOf({ messages }: ModelRequest): number {
  const [, tokens = '0'] = messages[0]?.content.split(' ') ?? [];
  return Number(tokens) + 3 * (messages.length - 1);
}

type Work = {
  readonly use: TrueUse;
  readonly tier: ServiceTier;
  readonly bills: boolean;
  readonly isExcess: boolean;
};

function workOf(dice: Dice, fate: Fate, model: PaidModel, request: ModelRequest): Work {
  const promptTokens = promptTokensOf(request);
  const { serviceTier } = model.terms;
  const asked = dice.chance(30)
    ? anyUse(dice, promptTokens, request.maxTokens)
    : anyUse(dice, dice.whole(1, promptTokens), dice.whole(0, request.maxTokens));
  const more = { ...asked, shown: asked.shown + request.maxTokens + dice.whole(1, 5000) };
  // Who asks for the cheap tier may be moved to the usual one, and the other way round.
  const isMoved = fate === 'answer' && serviceTier !== 'standard' && dice.chance(20);
  return {
    use: fate === 'more than asked' ? more : asked,
    tier: isMoved ? 'standard' : serviceTier,
    bills: fate !== 'away' && fate !== 'busy' && fate !== 'rejected',
    isExcess: fate === 'more than asked' || (isMoved && serviceTier === 'flex'),
  };
}

/** How long a silence lasts before the connection is given up. */
const patienceMs = 60;

async function silence(signal: AbortSignal): Promise<void> {
  await sleep(patienceMs, undefined, { signal }).catch(() => signal.throwIfAborted());
}

function throwIfFailed(fate: Fate, dice: Dice): void {
  const unavailable = (data: Readonly<Record<string, unknown>>): Unavailable =>
    new Unavailable('MODEL_UNAVAILABLE', `the provider: ${fate}`, { data });
  if (fate === 'broke off' || fate === 'silent') throw unavailable({ status: 502, billable: true });
  if (fate === 'away') throw unavailable({ status: 503, billable: false, retryAfterMs: null });
  if (fate === 'busy')
    throw unavailable({ status: 429, billable: false, retryAfterMs: dice.whole(0, 4) });
  if (fate === 'rejected')
    throw new Refusal('MODEL_REJECTED', 'no', { data: { status: 400, billable: false } });
}

function answerOf(
  dice: Dice,
  fate: Fate,
  { name, terms }: PaidModel,
  { use, tier }: Work,
  toldPct: number,
): ModelAnswer {
  const honest = usageOf(use, dice.chance(60));
  const told = (tokens: number): number => Math.floor((tokens * toldPct) / 100);
  const usage = {
    inputTokens: told(honest.inputTokens),
    cachedInputTokens: told(honest.cachedInputTokens),
    cacheWriteTokens: honest.cacheWriteTokens && told(honest.cacheWriteTokens),
    outputTokens: told(honest.outputTokens),
    reasoningTokens: told(honest.reasoningTokens),
  };
  const reported = new Map<Fate, ModelAnswer['usage']>([
    ['no usage', null],
    ['impossible usage', { ...usage, cachedInputTokens: usage.inputTokens + dice.whole(1, 99) }],
    ['absurd usage', { ...usage, outputTokens: Number.MAX_SAFE_INTEGER }],
  ]);
  const finish = { cut: 'length', declined: 'refusal' };
  const isTold = tier !== terms.serviceTier || dice.chance(50);
  return {
    text: fate === 'nonsense' ? 'what?' : JSON.stringify({ fine: true }),
    model: `${name}-2026`,
    finishReason: fate === 'cut' || fate === 'declined' ? finish[fate] : 'stop',
    usage: reported.has(fate) ? (reported.get(fate) ?? null) : usage,
    serviceTier: isTold ? tier : null,
    latencyMs: 1.5,
    requestId: null,
  };
}
