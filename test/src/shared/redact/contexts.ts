import { drawFrom } from './generate.ts';
import { fill } from './corpus.ts';

/** Secrets that show by themselves, wherever they stand. */
const tokens = (
  '§ghp§§an:36§ §gho§§an:36§ §ghpat§§an:22§_§an:59§ §glpat§§b64u:20§ §AKIA§§AN:16§ §AIza§§b64u:35§ §GOCSPX§§b64u:28§ ' +
  '§xoxb§§d:12§-§d:13§-§an:24§ §sklive§§an:24§ §rklive§§an:24§ §whsec§§an:32§ §skproj§§b64u:74§ §sk§§an:48§ ' +
  '§skant§api03-§b64u:93§AA §npm§§an:36§ §pypi§AgEIcHlwaS5vcmc§b64u:140§ §SG§§b64u:22§.§b64u:43§ §SK§§hex:32§ ' +
  '§d:10§:AA§b64u:33§ §dop§§hex:64§ §hf§§an:34§ §shpat§§hex:32§ §hvs§§b64u:90§ §glsa§§an:32§_§hex:8§ §jwt§'
).split(' ');
/** Secrets that show by what they are called. */
const named = ['§an:32§', '§hex:40§', '§b64u:43§', '§hex:64§', '§an:24§', '§hex:32§'];
const passwords = ['§pw:14§', '§pw:16§', '§an:20§'];

const anywhere = [
  'key %',
  '2026-01-02T03:04:05Z DEBUG sent % to upstream',
  '| bot | `%` | rotate |',
  '[link](https://acme.io/?t=%)',
  '+  - %',
  'x("%");',
  '(%)',
  "'%',",
  '// was: %',
  '{"a":{"b":"%"}}',
  '"line\\n%\\nline"',
];
const behindNames = [
  'export NAME=%',
  'NAME="%"',
  '+NAME=%',
  '-  "NAME": "%",',
  'NAME: %',
  "  NAME: '%'",
  'const NAME = "%";',
  'NAME := "%"',
  'NAME = `%`',
  "os.environ['NAME'] = '%'",
  ':NAME => "%",',
  '<NAME>%</NAME>',
  'tool --NAME=% run',
  'tool --NAME % run',
  '{\\"NAME\\": \\"%\\"}',
  'private static final String NAME = "%";',
];

type Placed = { readonly secret: string; readonly text: string };

/** Every kind of secret in every context that it can be told in. */
export function everyPlace(seed: string): Placed[] {
  return [
    ...placed(tokens, [...anywhere, ...callAll(['TOKEN', 'apiKey', 'value'])], seed),
    ...placed(named, callAll(['API_TOKEN', 'api_key', 'clientSecret', 'AUTH_TOKEN']), seed),
    ...placed(passwords, callAll(['DB_PASSWORD', 'password', 'smtp_pass']), seed),
  ];
}

const callAll = (names: readonly string[]): string[] =>
  names.flatMap((name) => behindNames.map((context) => context.replaceAll('NAME', name)));

function placed(templates: readonly string[], contexts: readonly string[], seed: string): Placed[] {
  return templates.flatMap((template) =>
    contexts.map((context) => {
      const secret = fill(template, `${seed}:${context}:${template}`).text;
      return { secret, text: context.split('%').join(secret) };
    }),
  );
}

/** Texts that are made to cost time: what each detector begins with, over and over. */
export const hostile: readonly string[] = [
  'password=',
  'password="',
  "password='x password=`",
  'password:',
  'token token ',
  '://a:b',
  '://',
  'a@',
  'a@a.b',
  'a1B2',
  '1 2-3.4/',
  '+49 ',
  '2001:a:',
  'aws ',
  'eyJ.',
  'sk-ant-',
  'secret_',
  'docker mysql -',
  ['-----BEGIN', 'PRIVATE KEY-----\n'].join(' '),
  'DE12 ',
  'Authorization: ',
  'Bearer aaaaaaaaaaaaaaaa.',
  '4111 ',
  'secret=a.b.c',
  '[REDACTED:a:1',
  '\\',
  '"',
  '\n',
  ' ',
];

/** A text of about so many characters, from pieces in an order drawn by the seed. */
export function mixed(pieces: readonly string[], chars: number, seed: string): string {
  const draw = drawFrom(seed);
  const out: string[] = [];
  for (let length = 0; length < chars;) {
    const piece = pieces[draw(pieces.length)] ?? '';
    out.push(piece);
    length += piece.length + 1;
  }
  return out.join('\n');
}
