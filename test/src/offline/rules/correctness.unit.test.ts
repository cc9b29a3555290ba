import { describeKind, lines } from '../support.ts';

describeKind(
  'swallowed-error',
  [
    [{ 'src/a.ts': lines('try {', '  await save();', '} catch {}') }, 'Every error'],
    [
      {
        'src/a.ts': lines(
          'try {',
          '  const order = await load(id);',
          '  await ship(order);',
          '  return order;',
          '} catch (error) {',
          '  return null;',
          '}',
        ),
      },
      'Every error',
    ],
    [{ 'src/a.ts': 'await save().catch(() => {});' }, 'rejection'],
    [{ 'src/a.ts': 'mailer.send(receipt).catch(() => {});' }, 'rejection'],
    [{ 'src/a.ts': lines('orders', '  .confirm(id)', '  .catch(() => null);') }, 'rejection'],
    [{ 'src/A.java': lines('try {', '  save();', '} catch (Exception e) {', '}') }, 'Every error'],
    [{ 'app.py': lines('try:', '    save()', 'except Exception:', '    pass') }, 'Every error'],
    [{ 'app.py': lines('try:', '    save()', 'except: pass') }, 'Every error'],
    [{ 'main.go': lines('if err != nil {', '}') }, 'Every error'],
    [{ 'main.go': 'n, _ := strconv.Atoi(text)' }, '`strconv.Atoi`'],
  ],
  [
    {
      'src/a.ts': lines('try {', '  await save();', '} catch (error) {', '  log.warn(error);', '}'),
    },
    { 'src/a.ts': lines('try {', '  unlinkSync(lock);', '} catch {', '  // Gone already.', '}') },
    {
      'src/a.ts': lines(
        'try {',
        '  save();',
        '} catch (error) {',
        '  if (error.code) {',
        '    throw error;',
        '  }',
        '}',
      ),
    },
    { 'src/a.ts': 'await save().catch((error) => log.warn(error));' },
    {
      'src/a.ts': lines('try {', '  return JSON.parse(text);', '} catch {', '  return null;', '}'),
    },
    { 'src/a.ts': 'const found = await stat(path).catch(() => null);' },
    { 'src/a.ts': 'await connection.close().catch(() => {});' },
    { 'app.py': lines('try:', '    os.remove(path)', 'except FileNotFoundError:', '    pass') },
    {
      'app.py': lines(
        'try:',
        '    save()',
        'except Exception:',
        '    log.exception("save")',
        '    raise',
      ),
    },
    { 'main.go': lines('if err != nil {', '\treturn err', '}') },
    { 'main.go': 'for _, name := range names {\n}' },
    { 'test/a.test.ts': lines('try {', '  await save();', '} catch {}') },
  ],
);

const asyncSave = lines('async function saveOrder(order) {', '  await db.insert(order);', '}');

describeKind(
  'missing-await',
  [
    [
      { 'src/a.ts': lines(asyncSave, 'function handle(order) {', '  saveOrder(order);', '}') },
      '`saveOrder`',
    ],
    [
      {
        'src/b.ts': asyncSave,
        'src/a.ts': lines("import { saveOrder } from './b.ts';", 'saveOrder(order);'),
      },
      '`saveOrder`',
    ],
    [
      {
        'src/a.ts': lines(
          'class Shop {',
          '  private async notify(id: string) {',
          '    await send(id);',
          '  }',
          '  pay(id: string) {',
          '    this.notify(id);',
          '  }',
          '}',
        ),
      },
      '`notify`',
    ],
    [{ 'src/a.ts': lines(asyncSave, 'if (saveOrder(order)) done();') }, 'condition'],
    [
      {
        'src/a.ts': lines(
          'const loadUser = async (id) => fetchOne(id);',
          'const user = loadUser(id);',
          'print(user.name);',
        ),
      },
      '`user` is a promise',
    ],
    [
      {
        'app.py': lines(
          'async def save_order(order):',
          '    await db.insert(order)',
          '',
          'async def handle(order):',
          '    save_order(order)',
        ),
      },
      '`save_order`',
    ],
  ],
  [
    { 'src/a.ts': lines(asyncSave, 'await saveOrder(order);') },
    { 'src/a.ts': lines(asyncSave, 'void saveOrder(order);') },
    { 'src/a.ts': lines(asyncSave, 'saveOrder(order).catch(report);') },
    { 'src/a.ts': lines(asyncSave, 'saveOrder(order)', '  .then(done);') },
    {
      'src/a.ts': lines(
        asyncSave,
        'await Promise.all([',
        '  saveOrder(a),',
        '  saveOrder(b),',
        ']);',
      ),
    },
    { 'src/a.ts': lines(asyncSave, 'const later = () =>', '  saveOrder(order);') },
    { 'src/a.ts': lines(asyncSave, 'const pending = saveOrder(order);', 'await pending;') },
    {
      'src/b.ts': lines('class Store {', '  async save() {', '    await flush();', '  }', '}'),
      'src/a.ts': 'canvas.save();',
    },
    {
      'src/a.ts': lines(
        'class Store {',
        '  async save() {',
        '    await flush();',
        '  }',
        '  async load() {}',
        '}',
      ),
    },
    { 'src/b.ts': asyncSave, 'src/a.ts': lines('function saveOrder() {}', 'saveOrder(order);') },
  ],
);

describeKind(
  'resource-leak',
  [
    [
      {
        'src/a.ts': lines(
          'async function run() {',
          '  const client = await pool.connect();',
          '  await client.query(sql);',
          '  client.release();',
          '}',
        ),
      },
      '`client`',
    ],
    [
      {
        'src/a.ts': lines(
          'async function run() {',
          "  const file = await open('a.txt');",
          '  await file.read();',
          '}',
        ),
      },
      '`file`',
    ],
    [{ 'app.py': lines('def run():', '    f = open("a.txt")', '    print(f.read())') }, '`f`'],
    [{ 'app.py': 'text = open("a.txt").read()' }, 'never closed'],
    [
      {
        'main.go': lines(
          'func run() error {',
          '\tf, err := os.Open("a.txt")',
          '\tif err != nil {',
          '\t\treturn err',
          '\t}',
          '\tread(f)',
          '\treturn nil',
          '}',
        ),
      },
      '`f`',
    ],
  ],
  [
    {
      'src/a.ts': lines(
        'async function run() {',
        '  const client = await pool.connect();',
        '  try {',
        '    await client.query(sql);',
        '  } finally {',
        '    client.release();',
        '  }',
        '}',
      ),
    },
    {
      'src/a.ts': lines(
        'async function take() {',
        '  const client = await pool.connect();',
        '  return client;',
        '}',
      ),
    },
    { 'app.py': lines('def run():', '    with open("a.txt") as f:', '        return f.read()') },
    {
      'app.py': lines(
        'def run():',
        '    f = open("a.txt")',
        '    try:',
        '        read(f)',
        '    finally:',
        '        f.close()',
      ),
    },
    {
      'main.go': lines(
        'func run() error {',
        '\tf, err := os.Open("a.txt")',
        '\tdefer f.Close()',
        '\treturn read(f)',
        '}',
      ),
    },
    {
      'src/a.ts': lines(
        '~ async function run() {',
        '  const client = await pool.connect();',
        '~   const a = 1;',
      ),
    },
  ],
);

describeKind(
  'mutable-default',
  [
    [{ 'app.py': lines('def add(item, items=[]):', '    items.append(item)') }, '`items`'],
    [
      { 'app.py': lines('def add(item: int, seen: dict[str, int] = {}):', '    seen[item] = 1') },
      '`seen`',
    ],
    [
      { 'app.py': lines('def add(', '    item,', '    seen=set(),', '):', '    seen.add(item)') },
      '`seen`',
    ],
  ],
  [
    { 'app.py': lines('def add(item, items=None):', '    items = []') },
    { 'app.py': lines('def add(item, items=()):', '    pass') },
    { 'app.py': 'items = []' },
    { 'src/a.ts': 'function add(item, items = []) {}' },
  ],
);

describeKind(
  'float-money',
  [
    [{ 'src/a.ts': 'const total = parseFloat(order.total);' }, '`order.total`'],
    [{ 'src/a.ts': 'const gross = price * 1.19;' }, '`price`'],
    [{ 'app.py': 'amount = float(row["amount"])' }, '`amount`'],
    [{ 'src/a.ts': 'const fee = subtotal * feeRate;' }, '`subtotal`'],
  ],
  [
    { 'src/a.ts': 'const gross = Math.round(priceCents * 1.19);' },
    { 'src/a.ts': 'const gross = price * quantity;' },
    { 'src/a.ts': 'const ratio = parseFloat(input.ratio);' },
    { 'app.py': 'amount = Decimal(row["amount"])' },
    { 'app.py': 'weight = float(row["weight"])' },
  ],
);

describeKind(
  'debug-leftover',
  [
    [{ 'src/a.ts': "  console.log('here', user);" }, '`console.log`'],
    [{ 'src/a.ts': 'debugger;' }, '`debugger`'],
    [{ 'app/views.py': lines('def view():', '    print(user)') }, '`print`'],
    [{ 'app/views.py': '    breakpoint()' }, '`breakpoint`'],
    [{ 'store/store.go': '\tfmt.Println(rows)' }, '`fmt.Println`'],
    [{ 'test/a.test.ts': "it.only('works', () => {});" }, '`it.only`'],
  ],
  [
    { 'src/cli/main.ts': "console.log('done');" },
    { 'scripts/report.py': 'print(total)' },
    { 'src/logger.ts': 'console.log(line);' },
    { 'src/a.ts': "// console.log('here')" },
    { 'src/a.ts': 'console.error(error);' },
    {
      'app/run.py': lines(
        'def run():',
        '    print(1)',
        '',
        'if __name__ == "__main__":',
        '    run()',
      ),
    },
    { 'test/a.test.ts': "it('works', () => {});" },
    { 'src/a.ts': "~ console.log('old');\nconst a = 1;" },
  ],
);
