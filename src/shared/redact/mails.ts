import type { Report } from './kinds.ts';

// Found by the @: what is before it is read backwards, so that long words cost nothing.
const domain =
  /@((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24})(?![\w-]|\.[A-Za-z0-9])/g;
const local = /(?<![\w.+%&*~^=/$@-])[\w+%&*~^=-](?:[\w.+%&*~^=/-]{0,62}[\w+%&*~^=-])?$/;
const localCharsMax = 65;

/** RFC 2606, RFC 6761 and RFC 8375: names that belong to nobody. */
const reserved =
  /(?:^|\.)(?:example\.(?:com|net|org)|(?:test|example|invalid|localhost|local|internal|lan|home\.arpa|corp))$/i;
/** Ends of file and unit names, as in `icon@2x.png`, `getty@tty1.service`, `x@latest.tgz`; and methods. */
const noTopLevel =
  /\.(?:png|jpe?g|gif|webp|svg|avif|ico|[cm]?[jt]sx?|css|scss|html?|json|ya?ml|toml|md|txt|tgz|gz|tar|jar|whl|lock|map|py|rb|go|java|service|socket|timer|target|mount|slice|path)$/i;
/** Mailboxes without a reader, and the user that every repository is fetched as. */
const nobody = /^(?:no-?reply|do-?not-?reply|git|hg|svn)$/i;

/** Finds mail addresses of people: `local@domain`, RFC 5321, without comments and quoted parts. */
export function findMails(text: string, report: Report): void {
  for (const match of text.matchAll(domain)) {
    const host = match[1] ?? '';
    if (reserved.test(host) || noTopLevel.test(host) || /(?:^|\.)noreply\./i.test(host)) continue;
    const at = match.index;
    const name = nameBefore(text, at);
    if (name === null || nobody.test(name)) continue;
    const from = at - name.length;
    // `//ann@host`, `//ann:pw@host` name an account of a machine, `ann@host:path` is how scp and git write one.
    if (isUserInfo(text, from)) continue;
    const end = at + match[0].length;
    if (/^:(?!\d)[\w~./-]/.test(text.slice(end, end + 2))) continue;
    report(from, end, 'email');
  }
}

function nameBefore(text: string, at: number): string | null {
  const before = text.slice(Math.max(0, at - localCharsMax), at);
  const found = local.exec(before)?.[0];
  if (found === undefined) return null;
  // The letter of an escaped line end is none of the name; nor is what a form or a query put before it.
  const escaped = /\\[nrt]$/.test(
    text.slice(Math.max(0, at - found.length - 1), at - found.length + 1),
  );
  const name = found.slice(escaped ? 1 : 0).replace(/^.*[=&/*~^](?=.)/, '');
  return name === '' || name.includes('..') ? null : name;
}

function isUserInfo(text: string, from: number): boolean {
  return /:\/\/[^\s/@"'<>]{0,80}$/.test(text.slice(Math.max(0, from - 84), from));
}
