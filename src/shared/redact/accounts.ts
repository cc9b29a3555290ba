import type { Report } from './kinds.ts';

/** Lengths by country, from the IBAN registry (ISO 13616). */
const ibanLengths = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 ' +
    'FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 ' +
    'LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 ' +
    'SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20'
  )
    .split(' ')
    .map((each) => [each.slice(0, 2), Number(each.slice(2))]),
);

const iban = /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?/g;

/** Finds account numbers whose length is that of their country and whose check digits are right. */
export function findIbans(text: string, report: Report): void {
  for (const match of text.matchAll(iban)) {
    const length = ibanLengths.get(match[0].slice(0, 2));
    if (length === undefined) continue;
    const end = endOfDigits(match[0], length);
    if (end === null || /[A-Za-z0-9]/.test(text[match.index + end] ?? '')) continue;
    const number = match[0].slice(0, end).replaceAll(/[ -]/g, '');
    if (rest97(number.slice(4) + number.slice(0, 4)) === 1)
      report(match.index, match.index + end, 'iban');
  }
}

/** Where the given count of letters and digits is reached, in a text with separators. */
function endOfDigits(text: string, count: number): number | null {
  let seen = 0;
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] !== ' ' && text[i] !== '-') seen += 1;
    if (seen === count) return i + 1;
  }
  return null;
}

/** ISO 7064 mod 97-10, letters counting from A = 10. */
function rest97(text: string): number {
  let rest = 0;
  for (const char of text)
    rest =
      char <= '9' ? (rest * 10 + Number(char)) % 97 : (rest * 100 + char.charCodeAt(0) - 55) % 97;
  return rest;
}

/** Ranges and lengths of ISO/IEC 7812 issuers: Visa, Mastercard, American Express, Discover, Diners, JCB. */
const issuer =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|(?:222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}|6(?:011|5\d\d|4[4-9]\d)\d{12,15}|3(?:0[0-5]|[68]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12})$/;
const card =
  /(?<![\w.+/=-]|\d[ ,])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5})(?![\w+/=]|[ -]\d{3}|\.\d)/g;
/** Numbers that the issuers publish for tests. */
const published =
  /^(?:(?:4242){4}|4(?:1{15})|4012888888881881|5555(?:5555){2}4444|5105(?:1051){2}05100|378282246310005|371449635398431|6011(?:1111){2}1117|(\d)\1+)$/;

/** Finds card numbers of known issuers, in a known length, with the right check digit. */
export function findCards(text: string, report: Report): void {
  for (const match of text.matchAll(card)) {
    const number = match[0].replaceAll(/[ -]/g, '');
    if (!issuer.test(number) || published.test(number) || !hasLuhn(number)) continue;
    if (/^(\d)\1*0*$/.test(number)) continue;
    report(match.index, match.index + match[0].length, 'card');
  }
}

/** ISO/IEC 7812-1 annex B. */
function hasLuhn(number: string): boolean {
  let sum = 0;
  for (let i = 0; i < number.length; i += 1) {
    const digit = Number(number[number.length - 1 - i]) * (i % 2 === 0 ? 1 : 2);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
}
