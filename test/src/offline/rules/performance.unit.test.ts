import { describeKind, lines } from '../support.ts';

describeKind(
  'query-in-loop',
  [
    [
      {
        'src/a.ts': lines('for (const id of ids) {', '  users.push(await repo.findById(id));', '}'),
      },
      '`repo.findById`',
    ],
    [
      {
        'src/a.ts': lines(
          'for (const url of urls) {',
          '  const page = await fetch(url, { signal });',
          '}',
        ),
      },
      '`fetch`',
    ],
    [
      { 'src/a.ts': 'const users = await Promise.all(ids.map((id) => db.users.findOne(id)));' },
      '`db.users.findOne`',
    ],
    [
      {
        'src/a.ts': lines(
          'orders.forEach(async (order) => {',
          '  await this.pool.query(sql, [order.id]);',
          '});',
        ),
      },
      '`this.pool.query`',
    ],
    [
      { 'app.py': lines('for user in users:', '    cursor.execute(sql, (user.id,))') },
      '`cursor.execute`',
    ],
    [
      { 'main.go': lines('for _, id := range ids {', '\trow := db.QueryRow(q, id)', '}') },
      '`db.QueryRow`',
    ],
  ],
  [
    { 'src/a.ts': 'const users = await repo.findMany({ id: { in: ids } });' },
    {
      'src/a.ts': lines(
        'for (let attempt = 0; attempt < 3; attempt += 1) {',
        '  await client.get(url);',
        '}',
      ),
    },
    {
      'src/a.ts': lines(
        'for (const batch of chunks(ids)) {',
        '  await db.query(sql, [batch]);',
        '}',
      ),
    },
    { 'src/a.ts': lines('for (const id of ids) {', '  users.push(cache.get(id));', '}') },
    { 'src/a.ts': lines('while (true) {', '  const job = await client.get(url);', '}') },
    {
      'src/a.ts': lines(
        'for (const id of ids) {',
        '  handlers.push(async () => {',
        '    await db.query(sql, [id]);',
        '  });',
        '}',
      ),
    },
    { 'app.py': lines('for row in cursor.fetchall():', '    total += row.count') },
    { 'test/a.test.ts': lines('for (const id of ids) {', '  await db.insert(id);', '}') },
  ],
);

describeKind(
  'quadratic',
  [
    [
      {
        'src/a.ts': lines(
          'for (const order of orders) {',
          '  const user = users.find((u) => u.id === order.userId);',
          '}',
        ),
      },
      '`users.find`',
    ],
    [
      {
        'src/a.ts': lines(
          'const named = orders.map((order) => {',
          '  return users.filter((user) => user.id === order.userId);',
          '});',
        ),
      },
      '`users.filter`',
    ],
    [
      {
        'src/a.ts': lines('for (const id of ids) {', '  if (knownIds.includes(id)) continue;', '}'),
      },
      '`knownIds.includes`',
    ],
    [
      {
        'src/a.ts': lines(
          'for (const a of left) {',
          '  for (const b of right) {',
          '    if (a.id === b.id) pairs.push([a, b]);',
          '  }',
          '}',
        ),
      },
      '`right`',
    ],
    [
      {
        'app.py': lines(
          'for a in left:',
          '    for b in right:',
          '        if a.id == b.id:',
          '            pairs.append((a, b))',
        ),
      },
      '`right`',
    ],
    [
      {
        'src/a.ts': lines(
          'const all = rows.reduce((acc, row) => {',
          '  return { ...acc, [row.id]: row };',
          '}, {});',
        ),
      },
      '`acc`',
    ],
  ],
  [
    {
      'src/a.ts': lines(
        'for (const order of orders) {',
        '  const line = order.lines.find((l) => l.sku === order.mainSku);',
        '}',
      ),
    },
    {
      'src/a.ts': lines(
        'for (const order of orders) {',
        '  const tax = REGIONS.find((r) => r.code === order.region);',
        '}',
      ),
    },
    {
      'src/a.ts': lines(
        'for (const order of orders) {',
        '  const user = usersById.get(order.userId);',
        '}',
      ),
    },
    { 'src/a.ts': 'const user = users.find((u) => u.id === id);' },
    {
      'src/a.ts': lines(
        'for (const order of orders) {',
        '  for (const line of order.lines) {',
        '    if (line.sku === order.main) hit(line);',
        '  }',
        '}',
      ),
    },
    {
      'src/a.ts': lines(
        'for (const word of words) {',
        "  if (text.includes('x')) count(word);",
        '}',
      ),
    },
    {
      'app.py': lines(
        'for row in rows:',
        '    for cell in row:',
        '        if cell == row.key:',
        '            use(cell)',
      ),
    },
    { 'src/a.ts': 'const next = { ...state, name };' },
  ],
);

describeKind(
  'sync-io',
  [
    [
      {
        'src/a.ts': lines(
          "app.get('/', (req, res) => {",
          "  res.send(readFileSync('index.html'));",
          '});',
        ),
      },
      '`readFileSync`',
    ],
    [
      {
        'src/a.ts': lines('async function render(page) {', '  return fs.readFileSync(page);', '}'),
      },
      '`fs.readFileSync`',
    ],
    [
      {
        'src/routes/a.ts': lines('export function show(id) {', '  return execSync(command);', '}'),
      },
      '`execSync`',
    ],
    [{ 'app.py': lines('async def handle(request):', '    time.sleep(1)') }, '`time.sleep`'],
  ],
  [
    { 'src/a.ts': "const page = readFileSync('index.html');" },
    { 'src/a.ts': lines('function loadConfig() {', "  return readFileSync('config.json');", '}') },
    { 'scripts/a.ts': lines('async function main() {', "  writeFileSync('a', 'b');", '}') },
    { 'src/a.ts': lines('async function render(page) {', '  return readFile(page);', '}') },
    { 'app.py': lines('def handle(request):', '    time.sleep(1)') },
    { 'test/a.test.ts': lines("it('a', async () => {", '  readFileSync(path);', '});') },
  ],
);

describeKind(
  'missing-timeout',
  [
    [{ 'src/a.ts': 'const page = await fetch(url);' }, '`fetch`'],
    [
      {
        'src/a.ts': lines('const page = await fetch(url, {', "  method: 'POST',", '  body,', '});'),
      },
      '`fetch`',
    ],
    [{ 'app.py': 'page = requests.get(url)' }, '`requests.get`'],
    [{ 'main.go': 'resp, err := http.Get(url)' }, '`http.Get`'],
  ],
  [
    { 'src/a.ts': 'const page = await fetch(url, { signal: AbortSignal.timeout(5000) });' },
    { 'src/a.ts': 'const page = await fetch(url, options);' },
    { 'src/a.ts': 'const page = await repo.fetch(url);' },
    { 'src/Page.tsx': 'const page = await fetch(url);' },
    { 'app.py': 'page = requests.get(url, timeout=5)' },
    { 'main.go': 'resp, err := client.Get(url)' },
    { 'test/a.test.ts': 'const page = await fetch(url);' },
  ],
);

describeKind(
  'unbounded-cache',
  [
    [
      {
        'src/a.ts': lines(
          'const cache = new Map<string, User>();',
          'export function remember(user: User) {',
          '  cache.set(user.id, user);',
          '}',
        ),
      },
      '`cache`',
    ],
    [
      {
        'src/a.ts': lines(
          'class Store {',
          '  readonly #userCache = new Set<string>();',
          '  add(id: string) {',
          '    this.#userCache.add(id);',
          '  }',
          '}',
        ),
      },
      '`#userCache`',
    ],
    [
      { 'app.py': lines('_cache = {}', '', 'def load(id):', '    _cache[id] = get(id)') },
      '`_cache`',
    ],
    [
      {
        'main.go': lines(
          'var cache = map[string]User{}',
          '',
          'func load(id string) {',
          '\tcache[id] = get(id)',
          '}',
        ),
      },
      '`cache`',
    ],
    [
      { 'app.py': lines('@lru_cache(maxsize=None)', 'def load(id):', '    return get(id)') },
      'lru_cache',
    ],
  ],
  [
    {
      'src/a.ts': lines(
        'const cache = new Map();',
        'function put(k, v) {',
        '  if (cache.size > 100) cache.clear();',
        '  cache.set(k, v);',
        '}',
      ),
    },
    {
      'src/a.ts': lines(
        'function group(rows) {',
        '  const byId = new Map();',
        '  for (const row of rows) byId.set(row.id, row);',
        '  return byId;',
        '}',
      ),
    },
    {
      'src/a.ts': lines(
        'const handlers = new Map();',
        'export function on(name, handler) {',
        '  handlers.set(name, handler);',
        '}',
      ),
    },
    {
      'src/a.ts': lines(
        'const seen = new WeakMap();',
        'export function mark(o) {',
        '  seen.set(o, 1);',
        '}',
      ),
    },
    {
      'app.py': lines(
        '_cache = {}',
        '',
        'def load(id):',
        '    _cache[id] = get(id)',
        '',
        'def forget(id):',
        '    _cache.pop(id)',
      ),
    },
    { 'src/a.ts': lines("const names = new Map([['a', 1]]);", "names.set('b', 2);") },
  ],
);

describeKind(
  'unbounded-query',
  [
    [{ 'src/a.ts': "const rows = await db.query('SELECT * FROM users');" }, 'whole table'],
    [{ 'src/a.ts': 'const users = await prisma.user.findMany();' }, 'whole table'],
    [{ 'app.py': 'cursor.execute("SELECT id, name FROM users ORDER BY name")' }, 'whole table'],
    [{ 'app.py': 'users = User.objects.all()' }, 'whole table'],
  ],
  [
    { 'src/a.ts': "await db.query('SELECT * FROM users WHERE id = $1', [id]);" },
    { 'src/a.ts': "await db.query('SELECT count(*) FROM users');" },
    { 'src/a.ts': "await db.query('SELECT * FROM users LIMIT 50');" },
    { 'src/a.ts': 'const users = await prisma.user.findMany({ take: 50 });' },
    { 'scripts/a.py': 'cursor.execute("SELECT * FROM users")' },
  ],
);

describeKind(
  'magic-timeout',
  [
    [{ 'src/a.ts': 'setTimeout(() => retry(), 30000);' }, '30000 ms'],
    [{ 'src/a.ts': 'await sleep(5_000);' }, '5_000 ms'],
    [{ 'src/a.ts': 'setInterval(poll, 60000);' }, '60000 ms'],
  ],
  [
    { 'src/a.ts': 'setTimeout(() => retry(), retryDelayMs);' },
    { 'src/a.ts': 'setTimeout(resolve, 0);' },
    { 'src/a.ts': 'const timeoutMs = 30000;' },
    { 'test/a.test.ts': 'await sleep(5000);' },
  ],
);
