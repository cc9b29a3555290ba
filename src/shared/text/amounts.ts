/** Micro-dollars as dollars, exactly: at least two decimals, at most the six that a micro-dollar needs. */
export function dollars(microUsd: number): string {
  const fraction = String(microUsd % 1_000_000).padStart(6, '0');
  return `$${number(Math.floor(microUsd / 1_000_000))}.${fraction.replace(/0{1,4}$/, '')}`;
}

/** `1 vote`, `2 votes`. */
export function count(of: number, noun: string): string {
  return `${number(of)} ${noun}${of === 1 ? '' : 's'}`;
}

export function number(value: number): string {
  return value.toLocaleString('en-US');
}
