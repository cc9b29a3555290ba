/** How the text of a file is put together, as far as the rules care. */
export type Language =
  | 'ecma'
  | 'python'
  | 'go'
  | 'brace'
  | 'hash'
  | 'sql'
  | 'prose'
  | 'data'
  | 'unknown';

/** What a file is for. Generated files are nobody's to review. */
export type Purpose = 'source' | 'test' | 'script' | 'config' | 'prose' | 'generated';

const byExtension: Record<string, Language> = {
  ...each('ecma', 'ts mts cts tsx js mjs cjs jsx vue svelte'),
  ...each('python', 'py pyi pyw'),
  ...each('go', 'go'),
  ...each(
    'brace',
    'java kt kts scala cs c h cc cpp cxx hpp rs swift php dart groovy proto css scss',
  ),
  ...each('hash', 'sh bash zsh rb yaml yml toml ini cfg conf properties env tf pl r'),
  ...each('sql', 'sql'),
  ...each('prose', 'md mdx rst adoc txt'),
  ...each('data', 'json jsonl csv tsv xml svg html lock snap'),
};

const generated =
  /(?:^|\/)(?:node_modules|vendor|third_party|dist|\.next|__generated__|generated)\/|^(?:build|out)\/|\.min\.(?:js|css)$|\.generated\.|_pb2?\.py$|\.pb\.go$|(?:^|\/)(?:package-lock\.json|yarn\.lock|pnpm-lock\.yaml|go\.sum|Cargo\.lock|poetry\.lock)$|\.(?:snap|map|lock)$/;
const test =
  /(?:^|\/)(?:tests?|__tests__|specs?|e2e|fixtures?|testdata|__mocks__|mocks?|benchmarks?)\/|[._-](?:test|spec|bench)\.\w+$|_test\.go$|(?:^|\/)test_[^/]*\.py$|(?:^|\/)conftest\.py$/;
const script =
  /(?:^|\/)(?:scripts?|bin|tools?|examples?|cli|cmd|hack|migrations?)\/|(?:^|\/)(?:setup|manage|gulpfile|gruntfile)\.\w+$/i;
const config = /\.(?:config|rc)\.\w+$/;

/** The language of a path, by its name alone. */
export function languageOf(path: string): Language {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  if (name.startsWith('.env') || name === 'dockerfile' || name === 'makefile') return 'hash';
  return byExtension[name.slice(name.lastIndexOf('.') + 1)] ?? 'unknown';
}

/** What a path is for, by its name alone. */
export function purposeOf(path: string): Purpose {
  if (generated.test(path)) return 'generated';
  if (test.test(path)) return 'test';
  const language = languageOf(path);
  if (language === 'prose') return 'prose';
  if (script.test(path)) return 'script';
  if (language === 'data' || language === 'hash' || config.test(path)) return 'config';
  return 'source';
}

function each(language: Language, extensions: string): Record<string, Language> {
  return Object.fromEntries(extensions.split(' ').map((extension) => [extension, language]));
}
