import {
  isCost,
  type Figure,
  type Result,
  type Spread,
  type Target,
  type Unit,
} from './harness.ts';

type Machine = {
  readonly cpu: string;
  readonly cpus: number;
  readonly node: string;
  readonly load: number;
};

/** What the figures below were measured on, and what they are. */
export function renderHead({ cpus, cpu, node, load }: Machine, rounds: number): string {
  return (
    `${cpus} x ${cpu}, Node.js ${node}, load ${load.toFixed(1)}.\n` +
    `Medians of ${rounds}, with the least and the most; a ratio compares speeds of the same round.`
  );
}

/** The figures of one bench as lines of a table. */
export function renderResult({ bench, about, figures }: Result): string {
  const lines = figures.map((figure) =>
    [
      `  ${figure.name}`.padEnd(46),
      `${amount(figure.ours, figure.unit)} ${figure.unit}`.padEnd(38),
      (figure.bare ? `bare ${amount(figure.bare, figure.unit)}` : '').padEnd(34),
      (figure.ratio ? `ratio ${spread(figure.ratio, 2)}` : '').padEnd(26),
      verdict(figure),
    ]
      .join('')
      .trimEnd(),
  );
  return ['', `${bench}: ${about}`, ...lines].join('\n');
}

function amount(values: Spread, unit: Unit): string {
  return spread(values, unit === 'ms' && values.median < 100 ? 1 : 0);
}

function spread({ median, min, max }: Spread, digits: number): string {
  const [middle, least, most] = [median, min, max].map((value) =>
    value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  );
  return `${middle} (${least}..${most})`;
}

function verdict({ target, met, unit }: Figure): string {
  return target ? `${targetText(target, unit)}: ${met ? 'met' : 'MISSED'}` : '';
}

function targetText(target: Target, unit: Unit): string {
  if ('ratio' in target) return `target ratio ${target.ratio}`;
  return `target ${isCost(unit) ? '<=' : '>='} ${target.value.toLocaleString('en')} ${unit}`;
}
