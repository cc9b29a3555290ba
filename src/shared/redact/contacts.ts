import type { Report } from './kinds.ts';

/** Domains that belong to nobody, RFC 2606 and RFC 6762, and those of mails that nobody reads. */
const reserved =
  /(?:^|[.@])(?:example\.(?:com|org|net|edu)|[\w-]+\.(?:example|test|invalid|localhost|local|internal|lan)|example|users\.noreply\.github\.com|localhost)$/i;
/** Mailboxes that nobody reads, the user that repositories are fetched as, and words of code. */
const functional =
  /^(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|git|hg|svn|mailer-daemon|bounces?|notifications?|root|this|return|super|break|continue)$/i;
const generic =
  /^(?:com|org|net|edu|gov|mil|int|info|biz|name|pro|mobi|aero|coop|museum|app|dev|cloud|tech|online|site|store|shop|blog|xyz|agency|email|company|group|team|work|works|studio|design|digital|media|news|wiki|zone|world|life|live|systems|software|solutions|services|network|berlin|hamburg|bayern|koeln|wien|london|paris|amsterdam|swiss|gmbh|bank|health|care|law|consulting|engineering|academy|university|foundation|global|international|family|page|link|host|space|website|rocks|ninja|guru|fun|club|today|cat|eus|nyc|tokyo|asia|africa|tel|jobs|post|travel)$/i;
/** Two-letter ends that are far more often those of files and of code. */
const fileEnds = /^(?:js|ts|py|md|rb|cs|go|hs|kt|gz|xz|db|vb)$/i;

/** Finds mail addresses of persons, also with an escaped `@`. */
export function findMails(text: string, report: Report): void {
  const at = /@|%40/g;
  const domainAt = /[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9][A-Za-z0-9-]{0,62}){1,6}/y;
  for (const match of text.matchAll(at)) {
    const middle = match.index;
    const before = text.slice(Math.max(0, middle - 66), middle);
    let local =
      /(?<=^|[^A-Za-z0-9.!#$%&*/?^_`{|}~+-])[A-Za-z0-9_][A-Za-z0-9.!#$%&*/?^_`{|}~'+-]{0,63}$/.exec(
        before,
      )?.[0];
    local = local?.replace(/^.*[`'"/|{}?&#$%*!^]/, '');
    if (!local || before.length === local.length + 66) continue;
    domainAt.lastIndex = middle + match[0].length;
    const domain = domainAt.exec(text)?.[0].replace(/[.-]+$/, '');
    if (domain === undefined) continue;
    const to = middle + match[0].length + domain.length;
    if (!isPersonal(local, domain, text.slice(to, to + 2))) continue;
    if (isLogin(text, middle - local.length)) continue;
    report(middle - local.length, to, 'email');
  }
}

function isPersonal(local: string, domain: string, next: string): boolean {
  const end = domain.slice(domain.lastIndexOf('.') + 1);
  if (!/^[a-z]{2}$/i.test(end) ? !generic.test(end) : fileEnds.test(end)) return false;
  if (/^\d+(?:\.\d+)?x\./.test(domain) || /^\d+(?:\.\d+)+[.-]/.test(domain)) return false;
  // A call, a path of a remote, a longer name.
  if (/^[(@\w\\]|^:[\w/~]|^\[/.test(next) && !/^\\[nrt"']/.test(next)) return false;
  return !functional.test(local) && !reserved.test(domain) && !/^\.|\.$|\.\./.test(local);
}

// `https://user@host`, `postgres://user:pass@host`, `ssh user@host`: a login, found elsewhere if at all.
function isLogin(text: string, from: number): boolean {
  const before = text.slice(Math.max(0, from - 300), from);
  return /:\/\/[^\s"'<>/?]*$|\b(?:ssh|scp|sftp|rsync|mosh)\s[^\n|;"']{0,80}$|\.$/.test(before);
}

const hint =
  /(?:phone|mobile|tel|fax|cell|telefon|mobil|handy|whatsapp|sms|msisdn|telephone|t[eé]l[eé]phone|tlf|call|ring|☎|📞)(?:[_ -]?(?:number|nummer|no|nr))?[.:]?["']?\]?[ \t]{0,4}(?:[:=(,]|=>|is|us at|me at|at|on|to)?[ \t]{0,4}["']?$/i;
/** Written as phone numbers are in one country or another: no word beside it is needed. */
const shapes: readonly RegExp[] = [
  /^\(?[2-9]\d{2}\) ?[2-9]\d{2}[-. ]\d{4}$/, // North America
  /^(?:1-)?[2-9]\d{2}-[2-9]\d{2}-\d{4}$/,
  /^[2-9]\d{2}\.[2-9]\d{2}\.\d{4}$/,
  /^01[5-7]\d[ /-]\d{3,4} ?\d{4,5}$/, // Germany, mobile and fixed
  /^\(?0[2-9]\d{1,4}\)?(?: ?[/] ?| - |\) )\d{2,4}(?:[ -]?\d{2,4}){1,3}$/,
  /^0\d{2} \d{4} \d{4}$|^0\d{3} \d{3} \d{4}$|^07\d{3} \d{6}$|^\(0\d{2,4}\) \d{3,4} \d{3,4}$/, // United Kingdom
  /^0[1-79](?<gap>[ .])\d\d(?:\k<gap>\d\d){3}$/, // France
  /^0\d{2} \d{3} \d{2} \d{2}$/, // Switzerland
  /^0[2-478]\d{2} \d{3} \d{3}$|^\(0[2378]\) \d{4} \d{4}$/, // Australia
  /^06[- ]\d{8}$|^06[- ]\d{4} \d{4}$/, // Netherlands
  /^0\d{1,3}-\d{2,4}-\d{4}$/, // Japan
];
const countryCode =
  /^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|2[1-69]\d|3[578]\d|42\d|5[09]\d|6[789]\d|8[058]\d|9[679]\d)/;

/** Finds phone numbers: international ones, national ones by their shape, others by the word beside them. */
export function findPhones(text: string, report: Report): void {
  const candidate =
    /(?<![\w.,#$@/:\\-]|\d[ ])(?:\+|00(?=[1-9]))?\(?\d(?:[ ./()-]{0,3}\d){6,16}(?![\w-]|[.,:/]\d)|(?<=tel:)\+?\d[\d.()-]{5,20}\d/g;
  for (const match of text.matchAll(candidate)) {
    const [found] = match;
    const from = match.index;
    const digits = found.replaceAll(/\D/g, '');
    const before = text.slice(Math.max(0, from - 48), from);
    const known = hint.test(before) || before.endsWith('tel:');
    if (digits.length < 7 || digits.length > 16 || /^(\d)\1+$/.test(digits)) continue;
    if (isPhone(found, digits, known, isLineStart(text, from)))
      report(from, from + found.length, 'phone');
  }
}

function isPhone(found: string, digits: string, known: boolean, lineStart: boolean): boolean {
  if (/^\d{4}[-/.]\d{2}[-/.]\d{2}|^\d{2}[-/.]\d{2}[-/.]\d{4}/.test(found)) return false;
  if (found.startsWith('01 02 03 ')) return false; // bytes of a buffer, not of France
  if (shapes.some((shape) => shape.test(found))) return true;
  const grouped = /\d[ ./()-]+\d/.test(found);
  if (found.startsWith('+') || (found.startsWith('00') && grouped)) {
    const number = found.startsWith('+') ? digits : digits.slice(2);
    if (!countryCode.test(number) || number.length < 8 || number.length > 15) return false;
    // In North America neither area nor exchange begins with 0 or 1; `+1767225600` is a time.
    if (number.startsWith('1') && !/^1[2-9]\d\d[2-9]\d{6}$/.test(number)) return false;
    // At the start of a line of a diff the plus is not part of the number.
    return grouped ? !lineStart || /^\+\d{1,3}[ (-]/.test(found) : !lineStart && number.length >= 9;
  }
  return known && digits.length <= 15;
}

function isLineStart(text: string, from: number): boolean {
  return from === 0 || text[from - 1] === '\n';
}
