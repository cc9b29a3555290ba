import { areaPoints, type Area } from './weights.ts';

/**
 * Where a file lives, read from its path alone. What a file says about itself ("generated, do not edit")
 * is not asked, since the author of the change writes that.
 */

const extensions: readonly (readonly [area: Area, names: RegExp])[] = [
  ['assets', /^(?:png|jpe?g|gif|webp|avif|ico|bmp|woff2?|ttf|otf|eot|mp[34]|ogg|wav|webm|pdf)$/],
  ['docs', /^(?:md|mdx|markdown|rst|adoc|txt)$/],
  ['styles', /^(?:css|scss|sass|less|styl)$/],
  ['translations', /^(?:po|pot|xlf|xliff|arb|strings|resx|ftl)$/],
];

/** What cannot hurt in use comes before what can: a test of the log-in is a test. First match wins. */
const calm: readonly (readonly [area: Area, path: RegExp])[] = [
  [
    'lock',
    /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|go\.sum|bun\.lockb?|[^/]*\.lock|[^/]*\.lockfile|pnpm-lock\.yaml|packages\.lock\.json)$/,
  ],
  ['dependencies', /(?:^|\/)(?:requirements|constraints)[^/]*\.(?:txt|in)$/],
  ['vendored', /(?:^|\/)(?:node_modules|vendor|third[_-]?party)\//],
  [
    'generated',
    /(?:^|\/)(?:gen|generated|__generated__|dist)\/|\.pb\.(?:go|cc|h)$|_pb2(?:_grpc)?\.pyi?$|\.(?:g|generated|gen|designer)\.\w+$|\.min\.(?:js|css)$|\.map$/,
  ],
  [
    'fixtures',
    /(?:^|\/)(?:fixtures?|testdata|__fixtures__|__snapshots__|golden|mocks?|__mocks__)\/|\.snap$/,
  ],
  [
    'tests',
    /(?:^|\/)(?:tests?|__tests__|e2e|cypress)\/|(?:^|\/)specs?\/.*\.(?:rb|[jt]sx?)$|[._-](?:tests?|spec|stories|bench)\.\w+$|(?:^|\/)(?:test_[^/]*|conftest)\.py$|(?:Test|Tests|IT|Spec)\.(?:java|kt|scala|cs)$/,
  ],
  [
    'translations',
    /(?:^|\/)(?:locales?|i18n|l10n|translations?|lang)\/.*\.(?:json|ya?ml|toml|properties)$/,
  ],
  [
    'tooling',
    /(?:^|\/)(?:\.?eslint|\.?prettier|\.?stylelint|\.?ruff|\.?flake8|\.?pylint|\.?rubocop|\.?golangci|\.editorconfig|\.gitignore|\.gitattributes|\.oxlint|\.oxfmt|rustfmt|clippy|biome|\.vscode\/|\.idea\/|codecov)[^/]*$/,
  ],
];

/** The dearest match wins: a migration of permissions is a migration. */
const sensitive: readonly (readonly [area: Area, path: RegExp])[] = [
  [
    'dependencies',
    /(?:^|\/)(?:package\.json|cargo\.toml|go\.mod|pom\.xml|build\.gradle(?:\.kts)?|gemfile|pipfile|pyproject\.toml|setup\.(?:py|cfg)|composer\.json|[^/]*\.csproj|directory\.packages\.props|\.npmrc|\.yarnrc[^/]*|\.gitmodules)$/,
  ],
  [
    'ci',
    /(?:^|\/)(?:\.github\/(?:workflows|actions)\/|\.circleci\/|\.buildkite\/|\.ci\/|ci\/|\.gitlab-ci[^/]*$|jenkinsfile$|azure-pipelines|\.drone\.ya?ml$|\.travis\.ya?ml$|cloudbuild\.ya?ml$|\.husky\/|codeowners$|dependabot)/,
  ],
  [
    'container',
    /(?:^|\/)(?:dockerfile[^/]*|containerfile|[^/]*\.dockerfile|(?:docker-)?compose[^/]*\.ya?ml)$/,
  ],
  [
    'infra',
    /\.(?:tf|tfvars|hcl|bicep|nomad)$|(?:^|\/)(?:infra|infrastructure|terraform|deploy|deployments?|k8s|kubernetes|helm|charts?|ansible|pulumi|cloudformation|nginx|systemd)\/|\.(?:service|socket)$/,
  ],
  [
    'contract',
    /\.(?:proto|graphqls?|gql|avsc|thrift|xsd|wsdl|capnp|fbs)$|(?:^|\/)(?:openapi|swagger)[^/]*\.|\.schema\.json$/,
  ],
  [
    'config',
    /\.(?:ya?ml|toml|ini|cfg|conf|properties|env|json5?|xml|plist)$|(?:^|\/)(?:\.env[^/]*|makefile|procfile)$/,
  ],
];

/** Words in the names of folders and files, as `rateLimit`, `rate_limit` and `rate-limit` have two. */
const words: readonly (readonly [area: Area, word: RegExp])[] = [
  ['migrations', /^(?:migrations?|migrate|alembic|flyway|liquibase|changelogs)$/],
  [
    'auth',
    /^(?:auth[nz]?|authenticat\w*|authori[sz]\w*|oauth2?|oidc|saml|sso|jwt|login|logins|signin|sessions?|passwords?|permissions?|acl|rbac|iam|policy|policies|security|csrf|cors|guards?|credentials?|secrets?|tokens|identity)$/,
  ],
  [
    'crypto',
    /^(?:crypto\w*|encrypt\w*|decrypt\w*|cipher\w*|signing|signatures?|hmac|tls|ssl|pki|keyring|vault)$/,
  ],
  [
    'payments',
    /^(?:payments?|billing|invoic\w*|checkout|refunds?|payouts?|ledger|pricing|tax(?:es)?|wallets?|bank\w*|accounting|subscriptions?|charges?|money)$/,
  ],
  [
    'concurrency',
    /^(?:concurren\w*|locks?|mutex|queues?|workers?|scheduler|threading|pools?|transactions?|dispatcher|parallel)$/,
  ],
];

const deployed: readonly Area[] = ['ci', 'container', 'infra', 'config'];

/** Whether the file says what is deployed with which rights, whatever else it is about. */
export function isDeployed(path: string): boolean {
  const lower = path.toLowerCase();
  return sensitive.some(([area, pattern]) => deployed.includes(area) && pattern.test(lower));
}

export function areaOf(path: string): Area {
  const lower = path.toLowerCase();
  for (const [area, pattern] of calm)
    if (pattern.test(area === 'tests' ? path : lower)) return area;
  const name = lower.slice(lower.lastIndexOf('/') + 1);
  const extension = name.slice(name.lastIndexOf('.') + 1);
  const found: Area[] = [];
  for (const [area, pattern] of sensitive) if (pattern.test(lower)) found.push(area);
  // CMakeLists.txt and its like are no prose.
  const kind = extensions.find(([, names]) => names.test(extension))?.[0];
  if (found.length === 0 && kind !== undefined && name !== 'cmakelists.txt') return kind;
  if (/^(?:licen[cs]e|notice|authors|readme|changelog|contributing)$/.test(name)) return 'docs';
  const parts = path
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  for (const [area, word] of words) if (parts.some((part) => word.test(part))) found.push(area);
  return found.reduce<Area>(
    (best, area) => (areaPoints[area] > areaPoints[best] ? area : best),
    found[0] ?? 'source',
  );
}
