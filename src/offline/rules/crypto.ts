import { eachMatch, functionAround, type Source, type SourceLine } from '../code/source.ts';
import type { Hit, Rule } from './rule.ts';

const guarded =
  /token|secret|passw|nonce|salt|session|otp\b|csrf|api_?key|reset|invite|voucher|coupon/i;
const hashed = /token|secret|passw|signature|sign\b|auth|session|credential/i;

const random: Partial<Record<Source['language'], RegExp>> = {
  ecma: /\bMath\.random\(\)/,
  python: /\brandom\.(?:random|randint|randrange|choice|choices|getrandbits|sample)\(/,
  go: /\brand\.(?:Intn?|Int31n?|Int63n?|Float64)\(/,
};
const digest =
  /\bcreateHash\(\s*['"](md5|sha1)['"]|\bhashlib\.(md5|sha1)\(|\b(md5|sha1)\.(?:Sum|New)\(/;
const compared =
  /\b(\w*(?:signature|hmac|digest|mac))\s*[!=]==?\s*(?!null|undefined|None|nil|true|false)([A-Za-z_$][\w$.]*)/i;

export const weakCrypto: Rule = {
  kind: 'weak-crypto',
  family: 'security',
  also: [],
  severity: 'high',
  confidencePct: 84,
  suggestion: '',
  find: (source) =>
    source.purpose === 'test'
      ? []
      : [...guessable(source), ...outdated(source), ...leakingCompare(source)],
};

/** What the value is for: told by the line itself or by the name of the function around it. */
function useOf(line: SourceLine, hints: RegExp): string | undefined {
  const header = functionAround(line.block)?.header ?? '';
  return hints.exec(line.code)?.[0] ?? hints.exec(header)?.[0];
}

function guessable(source: Source): Hit[] {
  const hits: Hit[] = [];
  const pattern = random[source.language];
  if (pattern === undefined) return hits;
  eachMatch(source, pattern, (match, at, line) => {
    const use = useOf(line, guarded);
    if (use === undefined) return;
    hits.push({
      at,
      title: `\`${match[0].replace(/\($/, '')}\` makes a ${use.toLowerCase()} that can be guessed`,
      detail:
        'The generator is predictable: who has seen a few of its values can compute the next ones.',
      suggestion: 'Use the generator of the crypto library (randomBytes, secrets, crypto/rand).',
    });
  });
  return hits;
}

/** The name of the digest is in a string, so this one looks at the text of the line. */
function outdated(source: Source): Hit[] {
  return source.lines.flatMap((line, at) => {
    const match = line.added && line.code.trim() !== '' ? digest.exec(line.text) : null;
    const name = match?.[1] ?? match?.[2] ?? match?.[3];
    const use = name === undefined ? undefined : useOf(line, hashed);
    if (name === undefined || use === undefined) return [];
    return [
      {
        at,
        title: `${name.toUpperCase()} protects a ${use.toLowerCase()}`,
        detail: `${name.toUpperCase()} has been broken for this use: collisions are cheap and guesses are fast.`,
        suggestion: 'Use scrypt or argon2 for passwords, HMAC with SHA-256 for signatures.',
      },
    ];
  });
}

function leakingCompare(source: Source): Hit[] {
  const hits: Hit[] = [];
  eachMatch(source, compared, ([, left = '', right = ''], at, line) => {
    if (/typeof|length/.test(line.code)) return;
    hits.push({
      at,
      title: `\`${left}\` is compared character by character`,
      detail: `The comparison of \`${left}\` with \`${right}\` stops at the first difference; the time it takes tells an attacker how much was right.`,
      suggestion:
        'Compare with timingSafeEqual (or hmac.compare_digest) on buffers of equal length.',
      severity: 'medium',
      confidencePct: 78,
    });
  });
  return hits;
}

const tlsSwitches =
  /(?<!def )\b(rejectUnauthorized\s*:\s*false|strictSSL\s*:\s*false|verify\s*=\s*False|InsecureSkipVerify\s*:\s*true|_create_unverified_context|check_hostname\s*=\s*False)/;

export const tlsOff: Rule = {
  kind: 'tls-off',
  family: 'security',
  also: ['structure'],
  severity: 'high',
  confidencePct: 90,
  suggestion:
    'Leave verification on; trust a private certificate authority by naming its certificate.',
  find: (source) => {
    const hits: Hit[] = [];
    if (source.purpose === 'test') return hits;
    const add = (at: number, name: string): void => {
      const detail = `With \`${name}\` any certificate is accepted, so whoever is on the way can read and change the traffic.`;
      hits.push({ at, title: 'The certificate of the other side is not verified', detail });
    };
    eachMatch(source, tlsSwitches, (match, at) => add(at, match[0]));
    source.lines.forEach(({ added, text, comment }, at) => {
      const off =
        /(?:env\.|env\[['"]|environ\[['"]|\b(?:export|ENV)\s+|^\s*)NODE_TLS_REJECT_UNAUTHORIZED\b['"\]]*\s*[=:]\s*['"]?0\b/.test(
          text,
        );
      if (added && off && comment === '') add(at, 'NODE_TLS_REJECT_UNAUTHORIZED=0');
    });
    return hits;
  },
};

export const unsafeLoad: Rule = {
  kind: 'unsafe-load',
  family: 'security',
  also: [],
  severity: 'high',
  confidencePct: 82,
  suggestion: 'Use a format that is data only (JSON), or the safe loader.',
  find: (source) => {
    const hits: Hit[] = [];
    if (source.language !== 'python' || source.purpose === 'test') return hits;
    const pattern =
      /\b(pickle\.loads?|marshal\.loads?|yaml\.load|yaml\.unsafe_load|dill\.loads?)\(/;
    eachMatch(source, pattern, ([, call = ''], at, line) => {
      if (call === 'yaml.load' && /SafeLoader/.test(line.code)) return;
      const detail = `\`${call}\` can build any object and run any code that the input names.`;
      hits.push({ at, title: `\`${call}\` trusts its input`, detail });
    });
    return hits;
  },
};
