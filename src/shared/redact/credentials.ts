import type { Report, SensitiveKind } from './kinds.ts';
import { isStandIn, looksSecret } from './values.ts';

/** A place where a secret stands by the rules of a protocol or of a tool; its last group is the secret. */
type Place = {
  readonly kind: SensitiveKind;
  readonly pattern: RegExp;
  readonly accepts: (value: string) => boolean;
};

const isReal = (value: string): boolean => !isStandIn(value);
const isRandom = (value: string): boolean => looksSecret(value, false);
const isPassword = (value: string): boolean => looksSecret(value, true);
// Half an address of a mail is no password: `user:name@host` in a list of remotes.
const isUrlPassword = (value: string): boolean => isReal(value) && !/^\d{1,5}$/.test(value);

const places: readonly Place[] = [
  // bzzz://name:role@project is an address of this system. No slash in it, so that the search ends with the authority; RFC 3986 wants it escaped anyway.
  {
    kind: 'url-password',
    pattern: /(?<!bzzz):\/\/[^\s:/'"`<>\0]{0,128}:([^\s/?'"`<>\0]{3,256})@(?=[\w[.${-])/dg,
    accepts: isUrlPassword,
  },
  {
    kind: 'url-password',
    pattern: /(?<![\w.-])[\w.-]{1,64}:([^\s:@/'"`\0]{4,128})@(?:tcp|unix)\(/dg,
    accepts: isUrlPassword,
  },
  {
    kind: 'url-password',
    pattern: /jdbc:oracle:thin:[\w.-]{1,64}\/([^\s@'"\0]{4,128})@/dg,
    accepts: isUrlPassword,
  },
  {
    kind: 'azure-key',
    pattern:
      /(?:AccountKey|SharedAccessKey|SharedSecret|sharedaccesskey)=([A-Za-z0-9+/]{32,128}={0,2})/dg,
    accepts: isReal,
  },
  { kind: 'azure-key', pattern: /[?&;]sig=([A-Za-z0-9%+/]{40,120}=?)/dg, accepts: isReal },
  {
    kind: 'authorization',
    pattern: /X-(?:Amz|Goog)-Signature=([0-9a-f]{64,512})/dg,
    accepts: isReal,
  },
  {
    kind: 'authorization',
    pattern: /\b[Bb]earer[ \t]{1,4}([A-Za-z0-9._~+/-]{12,4096}={0,2})/dg,
    accepts: isRandom,
  },
  {
    kind: 'authorization',
    pattern: /\b[Bb]asic[ \t]{1,4}([A-Za-z0-9+/]{8,1024}={0,2})/dg,
    accepts: isUserAndPassword,
  },
  {
    kind: 'authorization',
    pattern:
      /[Aa]uthorization["']?\]?[ \t]{0,4}[:=,][ \t]{0,4}["']?(?:token|Token|Bot|ApiKey|apikey|Key|SSWS|GenieKey)[ =]["']?([\w.+/=-]{16,512})/dg,
    accepts: isRandom,
  },
  {
    kind: 'password',
    pattern: /(?<=\s)(?:-u|--user|--proxy-user)[ =]["']?[\w.@+-]{1,64}:([^\s"'\0]{4,200})/dg,
    accepts: isPassword,
  },
  {
    kind: 'password',
    pattern: /\bmysql(?:dump|admin|import)?\b[^\n|;]{0,120}?\s-p([^\s'"\0]{4,100})/dg,
    accepts: isPassword,
  },
  {
    kind: 'password',
    pattern:
      /\b(?:docker|podman|helm|twine|az)[ ][^\n|;]{0,100}?\s-p[ \t]{1,4}["']?([^\s'"\0]{8,255})/dg,
    accepts: isPassword,
  },
  {
    kind: 'password',
    pattern: /\bsshpass[ \t]{1,4}-p[ \t]{0,4}["']?([^\s"'\0]{4,100})/dg,
    accepts: isPassword,
  },
  {
    kind: 'password',
    pattern: /\bredis-cli\b[^\n|;]{0,120}?\s(?:-a|--pass)[ \t]{1,4}["']?([^\s"'\0]{4,200})/dg,
    accepts: isPassword,
  },
  {
    kind: 'password',
    pattern:
      /\b(?:IDENTIFIED[ \t]{1,4}(?:WITH[ \t]{1,4}\w{1,32}[ \t]{1,4})?BY|PASSWORD)[ \t]{1,4}'([^'\n\0]{4,200})'/dgi,
    accepts: isPassword,
  },
];

/** Finds secrets by where they stand: URLs, headers, signed links, command lines. */
export function findCredentials(text: string, report: Report): void {
  for (const { kind, pattern, accepts } of places) {
    for (const match of text.matchAll(pattern)) {
      const [from, to] = match.indices?.[1] ?? [0, 0];
      if (accepts(text.slice(from, to))) report(from, to, kind);
    }
  }
}

const nearbyChars = 160;

/** Secret keys of AWS have no prefix: 40 characters of all classes, behind AWS on its line. */
export function findAwsSecrets(text: string, report: Report): void {
  const key = /(?<![A-Za-z0-9/+=_-])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_-])/g;
  let done = 0;
  for (const mention of text.matchAll(/aws|AWS|[Aa]mazon/g)) {
    // Where mentions crowd, each looks only at what the one before could not; one character more, to see
    // whether a key begins there.
    const index = Math.max(mention.index, done - 41);
    done = Math.max(done, mention.index + nearbyChars);
    const line = text.slice(index, done).split('\n', 1)[0] ?? '';
    for (const match of line.matchAll(key)) {
      const [found] = match;
      if (/\d/.test(found) && /[a-z]/.test(found) && /[A-Z]/.test(found) && isRandom(found))
        report(index + match.index, index + match.index + found.length, 'aws-secret-key');
    }
  }
}

/** RFC 7617: what follows `Basic` is user, colon, password, in base64. */
function isUserAndPassword(value: string): boolean {
  try {
    const [, password] = /^[\x20-\x39\x3b-\x7e]*:([\x20-\x7e]+)$/.exec(atob(value)) ?? [];
    return password !== undefined && !isStandIn(password);
  } catch {
    return false;
  }
}
