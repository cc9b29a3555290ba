/** Texts of about so many bytes that have frozen tokenizers, or could; the same on every run. */
export const hostileTexts: Readonly<Record<string, (bytes: number) => string>> = {
  'one letter': (bytes) => repeat('a', bytes),
  'unbroken Chinese': (bytes) => scrambled(chinese, Infinity, '', bytes),
  'Chinese between commas': (bytes) => scrambled(chinese, 18, '，', bytes),
  base64: (bytes) => scrambled(base64, Infinity, '', bytes),
  'minified code': (bytes) => scrambled([...letters, ...codeSigns], Infinity, '', bytes),
  'emoji ZWJ sequences': (bytes) => repeat('😀👩‍👩‍👧🇳🇴', bytes),
  blanks: (bytes) => repeat(' ', bytes),
  'blanks before letters': (bytes) => repeat(`${' '.repeat(2000)}x`, bytes),
  'line ends': (bytes) => repeat('\n', bytes),
  'combining marks': (bytes) => `e${repeat('\u0301', bytes)}`,
  'byte order marks on lines': (bytes) => repeat('\uFEFF\n', bytes),
  digits: (bytes) => scrambled(Array.from('0123456789'), Infinity, '', bytes),
  'short words that nobody uses': (bytes) => scrambled(letters, 12, ' ', bytes),
  'Cyrillic words that nobody uses': (bytes) => scrambled(cyrillic, 20, ' ', bytes),
  'words that are just short enough to be merged': (bytes) => scrambled(letters, 1023, ' ', bytes),
  'words as long as a chapter': (bytes) => scrambled(letters, 10_000, ' ', bytes),
  'a mix': (bytes) => scrambled(mixed, Infinity, '', bytes),
  'a mix with what tokenizers class differently': (bytes) =>
    scrambled([...mixed, '\uFEFF', '\u0085', '\u017F', '\u{1D400}'], Infinity, '', bytes),
};

const letters = Array.from('abcdefghijklmnopqrstuvwxyz');
const cyrillic = Array.from('абвгдежзийклмнопрстуфхц');
const codeSigns = Array.from('ABCXYZ0123456789(){}[];,.=+-*/!&|?:"\'`$_<> ');
const base64 = [
  ...letters,
  ...letters.map((letter) => letter.toUpperCase()),
  ...Array.from('0123456789+/'),
];
const chinese = Array.from({ length: 3000 }, (_, at) => String.fromCodePoint(0x4e00 + at));
const mixed = [
  [' ', '   ', '\n', '\r\n', '\t', 'a', 'AB', 'word', 'é', 'e\u0301', '中文', '😀', '👩‍👩‍👧'],
  ['٣', '½', '123', "'s", '//', '<|endoftext|>', 'ж', '----', '\u00A0', '{}'],
].flat();

function repeat(text: string, bytes: number): string {
  return text.repeat(Math.ceil(bytes / Buffer.byteLength(text)));
}

/** Different everywhere, so that every piece has to be merged anew. */
function scrambled(
  alphabet: readonly string[],
  pieceLength: number,
  between: string,
  bytes: number,
): string {
  const perLetter = Buffer.byteLength(alphabet.join('')) / alphabet.length;
  let state = 1;
  let text = '';
  for (let at = 1; at * perLetter < bytes; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    text += alphabet[(state >>> 8) % alphabet.length];
    if (at % pieceLength === 0) text += between;
  }
  return text;
}
