import { describeKind, lines } from '../support.ts';

// Put together here, so that nobody's scanner takes a test case for a leak.
const key = (prefix: string, rest: string): string => prefix + rest;

describeKind(
  'secret',
  [
    [{ 'src/mail.ts': "const apiKey = 'k9f2c71d80b4e4a6fa1';" }, '`apiKey` is hard-coded'],
    [{ 'src/s3.py': `KEY = "${key('AKIA', 'Q3EGRTX7ZP2LM4WN')}"` }, 'AWS'],
    [{ 'deploy/key.pem': key('-----BEGIN RSA ', 'PRIVATE KEY-----') }, 'private key'],
    [{ 'main.go': 'const dbPassword = "Tr0ub4dor&3x"' }, '`dbPassword`'],
    [{ 'src/db.ts': "connect('postgres://shop:Xk29-qqa@db.eu/shop');" }, 'password of `shop`'],
    [{ '.env': 'STRIPE_SECRET=9f2c71d80b4e4a6fa1' }, '`STRIPE_SECRET`'],
    [{ 'config/app.yaml': 'db:\n  password: s3cr3t!x9' }, '`password`'],
    [{ 'src/ci.ts': `push('${key('gh', `p_${'a1B2c3D4e5F6'.repeat(3)}`)}');` }, 'GitHub'],
  ],
  [
    { 'src/mail.ts': 'const apiKey = process.env.MAIL_API_KEY;' },
    { 'src/form.ts': "const passwordLabel = 'Your new password1';" },
    { 'src/form.ts': "const tokenUrl = 'https://login.example/oauth2/v2/token';" },
    { '.env.example': 'STRIPE_SECRET=9f2c71d80b4e4a6fa1' },
    { '.env': 'API_TOKEN=changeme-please-1' },
    { 'src/http.ts': "const csrfToken = 'x-csrf-token-2';" },
    { 'test/login.test.ts': "const password = 'hunter2hunter2';" },
    { 'src/db.ts': "connect('postgres://postgres:postgres@localhost/dev');" },
    { 'src/a.ts': "~ const apiKey = 'k9f2c71d80b4e4a6fa1';\nconst other = 1;" },
    { 'src/a.ts': 'type Auth = { token: string; password: string };' },
  ],
);

describeKind(
  'injection',
  [
    [{ 'src/db.ts': "db.query(`SELECT * FROM users WHERE name = '${name}'`);" }, '`name`'],
    [
      { 'src/db.ts': "db.query('DELETE FROM users WHERE id = ' + req.params.id);" },
      'req.params.id',
    ],
    [
      {
        'src/db.ts': lines(
          'db.query(`',
          '  UPDATE users SET mail = $1',
          '  WHERE id = ${user.id}`, [mail]);',
        ),
      },
      '`user.id`',
    ],
    [{ 'app.py': 'cursor.execute(f"SELECT * FROM users WHERE name = \'{name}\'")' }, '`name`'],
    [{ 'app.py': 'cursor.execute("SELECT * FROM users WHERE id = %s" % user_id)' }, '`user_id`'],
    [{ 'main.go': 'q := fmt.Sprintf("SELECT id FROM users WHERE name = \'%s\'", name)' }, '`name`'],
    [{ 'src/run.ts': 'exec(`convert ${file} out.png`);' }, '`file`'],
    [{ 'src/run.ts': "child_process.execSync('rm -rf ' + folder);" }, '`folder`'],
    [{ 'run.py': 'subprocess.run(f"tar xf {path}", shell=True)' }, '`path`'],
    [{ 'run.py': 'os.system("ping " + host)' }, '`host`'],
    [{ 'src/rule.ts': 'const pass = eval(rule.condition);' }, '`eval`'],
    [
      { 'src/rule.ts': "const fn = new Function('row', body);\nconst gn = new Function(body);" },
      'Function',
    ],
  ],
  [
    { 'src/db.ts': "db.query('SELECT * FROM users WHERE name = $1', [name]);" },
    { 'src/db.ts': 'sql`SELECT * FROM users WHERE name = ${name}`;' },
    { 'src/db.ts': 'db.query(`SELECT * FROM ${TABLE} WHERE id = $1`, [id]);' },
    { 'src/db.ts': 'db.query(`SELECT * FROM users WHERE id IN (${placeholders})`, ids);' },
    { 'src/ui.ts': 'const text = `Select ${name} from the list`;'.replace(' from', ' in') },
    { 'src/log.ts': 'log.info(`updated ${count} rows of users`);' },
    { 'app.py': 'cursor.execute("SELECT * FROM users WHERE id = %s", (user_id,))' },
    { 'main.go': 'q := fmt.Sprintf("SELECT id FROM users LIMIT %d", limit)' },
    { 'src/run.ts': "execFile('convert', [file, 'out.png']);" },
    { 'src/run.ts': "const m = pattern.exec('a' + text);" },
    { 'run.py': 'subprocess.run(["tar", "xf", path])' },
    { 'model.py': 'model.eval()\nexec("pass")' },
    { 'src/a.ts': '// eval(input) would be wrong here' },
    { 'test/db.test.ts': 'db.query(`DELETE FROM users WHERE id = ${id}`);' },
  ],
);

describeKind(
  'path-traversal',
  [
    [{ 'src/files.ts': 'res.sendFile(path.join(root, req.params.name));' }, 'req.params'],
    [
      {
        'src/files.ts': lines(
          'const { name } = req.query;',
          'const data = await readFile(join(root, name));',
        ),
      },
      '`name`',
    ],
    [{ 'app.py': 'return send_file(os.path.join(ROOT, request.args["file"]))' }, 'request.args'],
    [
      { 'main.go': 'f, err := os.Open(filepath.Join(root, r.FormValue("file")))\ndefer f.Close()' },
      'r.FormValue',
    ],
  ],
  [
    { 'src/files.ts': 'res.sendFile(path.join(root, basename(req.params.name)));' },
    {
      'src/files.ts': lines(
        'const { name } = req.query;',
        'if (!/^[a-z]+$/.test(name)) return;',
        'await readFile(join(root, name));',
      ),
    },
    { 'src/files.ts': "await readFile(join(root, 'index.html'));" },
    { 'app.py': 'return send_file(os.path.join(ROOT, secure_filename(request.args["file"])))' },
  ],
);

describeKind(
  'weak-crypto',
  [
    [{ 'src/auth.ts': 'const resetToken = Math.random().toString(36);' }, 'Math.random()'],
    [
      {
        'src/auth.ts': lines('function makeSessionId() {', '  return String(Math.random());', '}'),
      },
      'session',
    ],
    [{ 'auth.py': 'otp = random.randint(100000, 999999)' }, 'random.randint'],
    [{ 'src/auth.ts': "const hash = createHash('md5').update(password).digest('hex');" }, 'MD5'],
    [{ 'auth.py': 'signature = hashlib.sha1(body).hexdigest()' }, 'SHA1'],
    [{ 'src/hook.ts': 'if (signature !== expected) return false;' }, '`signature`'],
  ],
  [
    { 'src/ui.ts': 'const delayMs = base * (1 + Math.random());' },
    { 'src/auth.ts': "const resetToken = randomBytes(32).toString('hex');" },
    { 'src/cache.ts': "const etag = createHash('sha1').update(body).digest('base64');" },
    { 'src/hook.ts': 'if (signature === undefined) return false;' },
    { 'src/hook.ts': 'return timingSafeEqual(signature, expected);' },
    { 'shuffle.py': 'card = random.choice(deck)' },
  ],
);

describeKind(
  'tls-off',
  [
    [{ 'src/http.ts': 'const agent = new Agent({ rejectUnauthorized: false });' }, 'not verified'],
    [{ 'app.py': 'requests.get(url, timeout=3, verify=False)' }, 'not verified'],
    [{ 'main.go': 'tr := &tls.Config{InsecureSkipVerify: true}' }, 'not verified'],
    [{ 'src/http.ts': "process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';" }, 'not verified'],
  ],
  [
    { 'src/http.ts': 'const agent = new Agent({ rejectUnauthorized: true, ca });' },
    { 'src/http.ts': '// rejectUnauthorized: false is never right' },
    { 'test/http.test.ts': 'const agent = new Agent({ rejectUnauthorized: false });' },
    { 'app.py': 'requests.get(url, timeout=3, verify="/etc/ca.pem")' },
  ],
);

describeKind(
  'unsafe-load',
  [
    [{ 'app.py': 'state = pickle.loads(body)' }, '`pickle.loads`'],
    [{ 'app.py': 'config = yaml.load(stream)' }, '`yaml.load`'],
    [{ 'app.py': 'config = yaml.unsafe_load(stream)' }, '`yaml.unsafe_load`'],
  ],
  [
    { 'app.py': 'state = json.loads(body)' },
    { 'app.py': 'config = yaml.load(stream, Loader=yaml.SafeLoader)' },
    { 'app.py': 'config = yaml.safe_load(stream)' },
    { 'app.py': '# pickle.loads(body) was here' },
  ],
);

describeKind(
  'hidden-text',
  [
    [{ 'src/a.ts': "if (role !== 'user\u202e') grant();" }, 'U+202E'],
    [{ 'app.py': 'ad\u200bmin = True' }, 'U+200B'],
    [{ 'main.go': 'x := 1 // \u2066 begin' }, 'U+2066'],
  ],
  [
    { 'src/a.ts': "const family = '👨\u200d👩\u200d👧';" },
    { 'src/a.ts': "const mark = '\\u202e';" },
    { 'README.md': 'Arabic \u2067text\u2069 in prose' },
  ],
);
