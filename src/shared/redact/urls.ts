import type { Report } from './kinds.ts';
import { isStandIn, looksSecret } from './values.ts';

const userInfo = /:\/\/[^\s:@/"'`<>\0]{0,128}:([^\s/"'`<>\0]{1,256})@(?=[\w[])/g;

/** Passwords in URLs, RFC 3986 3.2.1, of whatever scheme; keys and signatures of Azure. */
export function findUrlSecrets(text: string, report: Report): void {
  for (const match of text.matchAll(userInfo)) {
    const password = match[1] ?? '';
    const to = match.index + match[0].length - 1;
    if (password.length < 3 || isStandIn(password)) continue;
    report(to - password.length, to, 'url-password');
  }
  findAzure(text, report);
  findCommandPasswords(text, report);
}

const azure = [
  /(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{40,90}={0,2})/g,
  // A shared access signature: 32 bytes, base64, escaped or not.
  /[?&;]sig=([A-Za-z0-9+/%_-]{40,130}={0,2})/g,
];

function findAzure(text: string, report: Report): void {
  for (const pattern of azure)
    for (const match of text.matchAll(pattern)) {
      const value = match[1] ?? '';
      const to = match.index + match[0].length;
      if (!isStandIn(value)) report(to - value.length, to, 'azure-key');
    }
}

/** Commands that take a password behind a short flag. */
const commands = [
  /(?:-u|--user)[ =]["']?[\w.@-]{1,64}:([^\s"'\0]{6,128})/g,
  /sshpass[ ]{1,4}-p[ ]?["']?([^\s"'\0]{6,128})/g,
  /(?:docker|podman|helm|twine|mysql|az)[^\n\0]{0,100}?[ ]-p[ ]?["']?([^\s"'\0]{8,255})/g,
];

function findCommandPasswords(text: string, report: Report): void {
  for (const pattern of commands)
    for (const match of text.matchAll(pattern)) {
      const value = match[1] ?? '';
      const to = match.index + match[0].length;
      if (looksSecret(value, true)) report(to - value.length, to, 'password');
    }
}

const scheme = /(?<![A-Za-z])(?:[Bb]earer|BEARER)[ \t]{1,4}([\w.~+/-]{12,4096}={0,2})/g;
const basic = /(?<![A-Za-z])(?:[Bb]asic|BASIC)[ \t]{1,4}([A-Za-z0-9+/]{8,1024}={0,2})/g;
const header =
  /(?:[Aa]uthorization|AUTHORIZATION)[\\"'\]:=,\s[(>]{1,12}(?:[A-Za-z-]{3,16}[ \t]{1,4})?([\w.~+/-]{16,4096}={0,2})/g;

/** Credentials of HTTP authentication, RFC 9110 11.4. */
export function findAuthorization(text: string, report: Report): void {
  for (const pattern of [scheme, header])
    for (const match of text.matchAll(pattern)) {
      const value = match[1] ?? '';
      const to = match.index + match[0].length;
      if (looksSecret(value, false)) report(to - value.length, to, 'authorization');
    }
  for (const match of text.matchAll(basic)) {
    const value = match[1] ?? '';
    const to = match.index + match[0].length;
    if (isUserAndPassword(value)) report(to - value.length, to, 'authorization');
  }
}

function isUserAndPassword(value: string): boolean {
  if (value.replace(/=+$/, '').length % 4 === 1) return false;
  return /^[\x20-\x7e\u0080-\u00ff]*:[\x20-\x7e\u0080-\u00ff]+$/.test(
    atob(value.replace(/=+$/, '')),
  );
}

const mention = /aws|AWS|[Aa]mazon/g;
const nearby = /(?<![A-Za-z0-9/+=_-])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_-])/g;
const nearbyChars = 120;

/** Secret keys of AWS have no prefix: 40 characters of all classes, on a line that says AWS. */
export function findAwsSecrets(text: string, report: Report): void {
  let done = 0;
  for (const { index } of text.matchAll(mention)) {
    const from = Math.max(done, index);
    if (from > index + nearbyChars) continue;
    const line = /^[^\n]*/.exec(text.slice(from, index + nearbyChars + 40))?.[0] ?? '';
    done = from + Math.max(0, line.length - 41);
    for (const match of line.matchAll(nearby)) {
      const [key] = match;
      if (!/\d/.test(key) || !/[a-z]/.test(key) || !/[A-Z]/.test(key)) continue;
      if (looksSecret(key, false))
        report(from + match.index, from + match.index + key.length, 'aws-secret-key');
    }
  }
}
