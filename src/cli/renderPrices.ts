import { serviceTier, type ModelPrice, type Rates } from '../../events/index.ts';
import { dollars } from '../shared/text/index.ts';
import { table } from './table.ts';

type Shown = {
  readonly version: string;
  readonly hash: string;
  readonly models: readonly Listed[];
};

type Listed = {
  readonly model: string;
  readonly price: ModelPrice;
  readonly effectiveFrom: string | null;
  readonly maxInputTokens: number | null;
  readonly maxOutputTokens: number | null;
  readonly overridden: boolean;
};

/** A row for each model, service tier and length of the input, for people. */
export function renderPrices({ version, hash, models }: Shown): string {
  const head = ['input', 'cached', 'cache write', 'output', 'reasoning', 'tier', 'uplift'];
  const rest = ['max in', 'max out', 'since', 'model'];
  return [
    `price book ${version}, USD per 1M tokens\n`,
    `hash ${hash}\n`,
    '\n',
    table([...head, ...rest], models.flatMap(rowsOf)),
  ].join('');
}

function rowsOf(listed: Listed): string[][] {
  const { model, price, effectiveFrom, maxInputTokens, maxOutputTokens, overridden } = listed;
  const uplifts = Object.entries(price.upliftPct).map(([region, pct]) => `${region} +${pct} %`);
  const rest = [
    uplifts.join(', ') || '-',
    String(maxInputTokens ?? '-'),
    String(maxOutputTokens ?? '-'),
    effectiveFrom ?? '-',
    overridden ? `${model} (llm.prices)` : model,
  ];
  return ratesOf(price).map(([tier, rates]) => [
    ...[rates.input, rates.cachedInput, rates.cacheWrite, rates.output, rates.reasoning].map(
      dollars,
    ),
    tier,
    ...rest,
  ]);
}

function ratesOf({ free, tiers, longAboveTokens }: ModelPrice): (readonly [string, Rates])[] {
  if (free) return [['free', tiers.standard.base]];
  return serviceTier.options.flatMap((name) => {
    const tier = tiers[name];
    if (!tier) return [];
    const base = [name, tier.base] as const;
    return tier.long ? [base, [`${name}, over ${longAboveTokens} in`, tier.long] as const] : [base];
  });
}
