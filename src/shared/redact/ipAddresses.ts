import { isIPv6 } from 'node:net';
import type { Report } from './kinds.ts';

const byte = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
// Not behind a word, a version sign or a further part: 1.2.3.4.5, v1.2.3.4, x-1.2.3.4, ==1.2.3.4.
const v4 = new RegExp(
  String.raw`(?<![\w.^~-]|==|>=|<=|[./]\d*\.)${byte}(?:\.${byte}){3}(?![\w-]|\.[\w])`,
  'g',
);
const versionBefore = /(?:versions?|release|rev|build|v|chrome|firefox|safari|edge)\W{0,6}$/i;

/** Global unicast, unique local and link local, RFC 4291 and RFC 4193; so no `a::b` of code. */
const v6 = /(?<![\w:.])(?:[23][0-9a-f]{3}|f[cde][0-9a-f]{2}):[0-9a-f:]{2,36}(?![\w:])/gi;

/** Finds addresses of machines, v4 and v6, but not one's own, none, or a mask. */
export function findIpAddresses(text: string, report: Report): void {
  for (const match of text.matchAll(v4)) {
    const [address] = match;
    const before = text.slice(Math.max(0, match.index - 24), match.index);
    if (/^(?:127|0|255)\./.test(address) || isVersion(before)) continue;
    // foo@1.2.3.4 is a package, ann@172.16.9.4 a machine.
    if (before.endsWith('@') && !/\d{3}|[4-9]\d/.test(address) && !/:\/\/\S*$/.test(before))
      continue;
    report(match.index, match.index + address.length, 'ip-address');
  }
  for (const match of text.matchAll(v6))
    if (isIPv6(match[0])) report(match.index, match.index + match[0].length, 'ip-address');
}

function isVersion(before: string): boolean {
  return versionBefore.test(before) || (/[A-Za-z]\/$/.test(before) && !before.endsWith('://'));
}
