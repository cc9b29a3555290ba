import type { Report } from './kinds.ts';

/** Lengths of the IBAN by country, ISO 13616 registry. */
const ibanLengths = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 ' +
    'FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 ' +
    'LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 ' +
    'SA24 SC31 SD18 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** Finds account numbers whose check digits are right (ISO 7064, mod 97-10). */
export function findIbans(text: string, report: Report): void {
  for (const match of text.matchAll(/(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?=[ -]?[A-Z0-9]{4})/g)) {
    const length = ibanLengths.get(match[0].slice(0, 2));
    if (length === undefined) continue;
    const to = endOf(text, match.index, length);
    if (to === null || !hasCheckDigits(text.slice(match.index, to).replaceAll(/[ -]/g, '')))
      continue;
    report(match.index, to, 'iban');
  }
}

/** Where so many letters and digits end, with at most one blank or dash after each four. */
function endOf(text: string, from: number, length: number): number | null {
  let at = from;
  for (let taken = 0; taken < length; at += 1) {
    const char = text[at] ?? '';
    if (/[A-Z0-9]/.test(char)) taken += 1;
    else if (!/[ -]/.test(char) || taken % 4 !== 0) return null;
  }
  return /[A-Za-z0-9]/.test(text[at] ?? '') ? null : at;
}

function hasCheckDigits(iban: string): boolean {
  let rest = 0;
  for (const char of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(char, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** First digits and lengths of the networks (ISO/IEC 7812, as the networks publish them). */
const networks: readonly (readonly [first: RegExp, lengths: readonly number[]])[] = [
  [/^4/, [16]],
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  [/^3[47]/, [15]],
  [/^(?:6011|64[4-9]|65)/, [16, 19]],
  [/^(?:30[0-5]|3[689])/, [14, 16]],
  [/^35(?:2[89]|[3-8])/, [16]],
  [/^62/, [16, 17, 18, 19]],
  [/^(?:50[0-9]{2}|5[6-8]|6304|6759|676[1-3])/, [16]],
];

/** Finds numbers of payment cards: an issuer's range, its length, and the check digit of Luhn. */
export function findCards(text: string, report: Report): void {
  const candidate =
    /(?<![\w.-]|\d[ ])(?:\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|3\d{3}([ -])\d{6}\2\d{4,5}|\d{14,19})(?![\w-]|\.\d|[ ]\d{3})/g;
  for (const match of text.matchAll(candidate)) {
    const digits = match[0].replaceAll(/\D/g, '');
    const issued = networks.some(
      ([first, lengths]) => lengths.includes(digits.length) && first.test(digits),
    );
    if (!issued || /^(\d)\1+$/.test(digits) || !hasLuhnDigit(digits)) continue;
    report(match.index, match.index + match[0].length, 'card');
  }
}

function hasLuhnDigit(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = Number(digits[digits.length - 1 - i]);
    const twice = i % 2 === 1 ? digit * 2 : digit;
    sum += twice > 9 ? twice - 9 : twice;
  }
  return sum % 10 === 0;
}
