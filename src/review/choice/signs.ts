import type { Sign } from './weights.ts';

/**
 * Words and shapes of dangerous lines. They are read as text, in any language, without knowing what a name
 * means: a sign says "look here", not "this is wrong". Every repetition is bounded or over one class, so a
 * line takes time linear in its length.
 */

type Shown = {
  sign: Sign;
  /** On which lines: what is removed can matter as much as what comes. */
  on: 'added' | 'either';
  pattern: RegExp;
  /** Not in quotes: the words are too common in texts. */
  unquoted?: true;
  /** Also on lines that import: the name is the danger, whatever is done with it. */
  imported?: true;
};

export const shown: readonly Shown[] = [
  {
    sign: 'control',
    on: 'either',
    unquoted: true,
    pattern:
      /\b(?:if|else|elif|elsif|unless|for|foreach|while|until|switch|match|when|throws?|raise|goto|try|catch|except|finally|rescue|yield|select|guard|break|continue)\b|&&|\|\||\?\?|[^?]\?[^?.:,)>]{1,80}:|\b(?:and|or|not) |\.(?:filter|some|every|find|reduce|sort)\(/,
  },
  {
    sign: 'sql',
    on: 'either',
    pattern:
      /\b(?:select\s.{1,80}\sfrom|insert\s+into|update\s+\w+\s+set|delete\s+from|(?:create|alter|drop)\s+(?:table|index|view|type|column|schema))\b/i,
  },
  {
    sign: 'sql.built',
    on: 'added',
    pattern:
      /\b(?:select|insert into|update|delete from|where|order by)\b.{0,80}(?:\$\{|#\{|["'`]\s*(?:\+|\.\s*\$|%\s|\|\|)|%s['"]|\.format\(|\{\w+\})/i,
  },
  {
    sign: 'sql.destructive',
    on: 'added',
    pattern:
      /\b(?:drop\s+(?:table|column|database|schema|index|constraint|type|view)|truncate\s+(?:table\s+)?\w|delete\s+from|alter\s+(?:table|column|type)|create\s+(?:unique\s+)?index\s+(?!concurrently)|update\s+\w{1,60}\s+set|rename\s+(?:to|column)|drop_(?:table|column)|remove_(?:column|index)|rename_column|change_column)\b/i,
  },
  {
    sign: 'execution',
    on: 'added',
    imported: true,
    pattern:
      /(?:(?<![.\w])exec|\b(?:eval|execSync|execFile|spawn|spawnSync|popen|system|shell_exec|passthru|unserialize|new Function|cp\.exec))\s?\(|\bsubprocess\.|child_process|getRuntime\(\)|ProcessBuilder|shell\s?=\s?True|pickle\.loads?|yaml\.(?:unsafe_)?load\(|marshal\.load|ObjectInputStream|readObject\(|exec\.Command|Command::new|vm\.run|innerHTML|dangerouslySetInnerHTML|v-html|document\.write|\b(?:curl|wget)\b.{1,80}\|\s?(?:sudo\s)?(?:ba|z)?sh\b|instance_eval|constantize|\bhtml_safe\b|\|safe\b|mark_safe/i,
  },
  {
    sign: 'memory',
    on: 'either',
    pattern:
      /\bunsafe\b|\b(?:memcpy|memmove|strcpy|strcat|sprintf|malloc|realloc|free|alloca)\(|reinterpret_cast|transmute|from_raw|get_unchecked|unsafe\.Pointer/,
  },
  {
    sign: 'protection.off',
    on: 'added',
    pattern:
      /verify\w*["']?\s{0,3}[=:]\s{0,3}(?:false|0\b|none)|rejectUnauthorized["']?\s?:\s?false|insecure-?_?skip|--insecure\b|\bcurl\b.{0,80}\s-k\b|sslmode=disable|NODE_TLS_REJECT|StrictHostKeyChecking[= ]no|--no-verify|--no-check-certificate|trusted-host|privileged["']?[:=]\s?true|--privileged|allowPrivilegeEscalation:\s?true|hostNetwork:\s?true|runAsUser:\s?0\b|^\s*USER root|chmod (?:-R )?[0-7]?777|\b0o?777\b|NOPASSWD|setenforce 0|(?:disable|stop|turn)\b.{0,20}(?:firewall|selinux|apparmor|ufw)|iptables -F|public-read|AllowAny\b|csrf_exempt|skip_before_action|@PermitAll|permitAll\(|csrf\(\)\.disable|csrf\b.{0,30}\.disable|httpOnly["']?\s?[:=]\s?false|\bsecure["']?\s?[:=]\s?false|SameSite\W{1,4}None|Allow-Origin\W{1,6}\*|alg\w*\W{1,6}none\b|pull_request_target|write-all|NoopHostname|TrustAll|ALLOW_ALL|\bdebug\s?=\s?true|--allow-unauthenticated|skip_?auth|disable_?auth|auth\w*["']?\s?[:=]\s?(?:false|none\b|off\b)|block_public_\w+\s*=\s*false|encrypt\w*\s*[:=]\s*false|publicly_accessible\s*=\s*true/i,
  },
  {
    sign: 'crypto',
    on: 'either',
    pattern:
      /\b(?:en|de)crypt|cipher|\bhmac|\bnonce\b|\bsalt\b|pbkdf|scrypt|bcrypt|argon2|createHash|createHmac|hashlib|MessageDigest|\b(?:md5|sha1|sha256|sha512|aes|rsa|ecdsa|ed25519|x509)\b|private_?key|public_?key|signature|\brand\.Read|randomBytes|SecureRandom|\bsecrets\.token|jwt|certificate/i,
  },
  {
    sign: 'identity',
    on: 'either',
    pattern:
      /permission|authori[sz]|authenticat|\bauth\b|passw(?:or)?d|credential|\bsecrets?\b|\bsession|log_?in\b|signin|is_?admin|\.role\b|\broles?\s?[=!]=|csrf|cookie|\bacl\b|\bgrant\b|\bsudo\b|current_?user|owner_?id|tenant|access_?token|bearer|mayEdit|can_?(?:edit|read|write|delete|access)/i,
  },
  {
    sign: 'money',
    on: 'either',
    pattern:
      /cents\b|\bprice|\bamount|balance|refund|invoice|payment|\bcharge|\btax\b|\btax_|discount|currency|payout|\bfees?\b|\bvat\b|interest_?rate/i,
  },
  {
    sign: 'rounding',
    on: 'either',
    pattern:
      /Math\.(?:round|floor|ceil|trunc)|parseFloat|toFixed|\bint\(|\bround\(|quantize|rounding|RoundingMode|BigDecimal|Decimal\(|float64\(|\bas f(?:32|64)\b/i,
  },
  {
    sign: 'concurrency',
    on: 'either',
    pattern:
      /mutex|\b(?:un)?lock(?:ed|s)?\b|\.lock\(|synchronized|volatile|atomic|Ordering::|\bgo func|goroutine|\bchan\b|<-\s?\w|\bThread\b|threading|Executor|Concurrent|Promise\.(?:all|race|any|allSettled)|asyncio|\bspawn\b|transaction|semaphore|RwLock|\bArc<|for update\b|waitgroup|isolation/i,
  },
  {
    sign: 'input',
    on: 'either',
    pattern:
      /\breq(?:uest)?\.(?:body|query|params|headers|args|form|files|cookies|GET|POST)|\bparams\[|getParameter|r\.(?:URL|Form|Body)|\$_(?:GET|POST|REQUEST)|@RequestParam|@RequestBody|process\.argv|sys\.argv|upload/,
  },
  {
    sign: 'secret.logged',
    on: 'added',
    pattern:
      /\b(?:log(?:ger)?|console|print(?:ln|f)?|puts|fmt)\b.{0,80}(?:passw(?:or)?d|secret|token\b|api_?key|credential|authorization|card_?number|\bcvv)/i,
  },
];

/** What only counts in what is deployed: elsewhere a star is just a string. */
export const shownInDeployment: readonly Shown[] = [
  {
    sign: 'open.to.all',
    on: 'added',
    pattern:
      /["'\s](?:\w{1,40}:)?\*["'\s]*(?:$|[\],])|0\.0\.0\.0\/0|::\/0|AdministratorAccess|roles\/(?:owner|editor)|cluster-admin|allUsers/,
  },
  {
    sign: 'unpinned',
    on: 'added',
    pattern:
      /uses:\s?[^@\s]{1,100}@(?![0-9a-f]{40}\b)|:latest\b|\bimage:\s?[^:\s]{1,100}$|^\s*FROM [^:@\s]{1,100}(?:\s|$)/,
  },
];

/** What people should not be told to do, as they do what documents say. */
export const shownInProse = shown.filter(({ sign }) => sign === 'protection.off');

/** What makes a lock file more than a list of versions. */
export const shownInLock: readonly Shown[] = [
  {
    sign: 'lock.source',
    on: 'added',
    pattern: /hasInstallScript|git\+|git@|\bgit:\/\/|http:\/\/|codeload|\bfile:|github:/,
  },
];

/** Words of which there are fewer after the change than before. */
export const lost: readonly { sign: Sign; pattern: RegExp }[] = [
  {
    sign: 'check.removed',
    pattern:
      /verif(?:y|ies|ied|ier)|valid(?:at\w*|\()|\bcheck\w*|authori[sz]\w*|permi(?:t|ssion)\w*|allowed|forbid\w*|login_required|csrf\w*|@PreAuthorize|@Secured|@RolesAllowed|[Ll]imit\w*|[tT]enant_?[iI]d|\bdeny\b|Unauthorized|Forbidden|\bassert|\brequire[A-Z_]\w*|\bensure\w*|ownerId|owner_id|\.role\b|is_?[Aa]dmin|before_action|guard\b/g,
  },
  {
    sign: 'escape.removed',
    pattern:
      /\w*[eE]scape\w*\(|[sS]aniti[sz]\w*|htmlspecialchars|htmlentities|strip_tags|encodeURI\w*|DOMPurify|bleach|shlex\.quote|shellescape|quote_ident|parameteri[sz]e/g,
  },
  {
    sign: 'branch.removed',
    pattern: /\b(?:if|unless|guard)\b|\[ -\w /g,
  },
  {
    sign: 'errors.removed',
    pattern:
      /\bcatch\b|\bexcept\b|\brescue\b|\bthrow\b|\braise\b|err != nil|return (?:nil, )?err\b|\)\?|\bfinally\b|orElseThrow|rollback|\bdefer\b/g,
  },
  {
    sign: 'sync.removed',
    pattern:
      /\bawait\b|\.?[Ll]ock\b|synchronized|Atomic|Concurrent\w+|\bAcquire\b|\bRelease\b|\bAcqRel\b|\bSeqCst\b|volatile|Mutex|transaction|for update|FOR UPDATE|\.join\(|\.Wait\(/g,
  },
  {
    sign: 'hardening.removed',
    pattern:
      /timingSafeEqual|compare_digest|ConstantTimeCompare|hmac\.Equal|constant_time_eq|MessageDigest\.isEqual|secure_compare|\bUSER (?!root)\w+|readOnlyRootFilesystem: true|runAsNonRoot: true|[hH]ttpOnly|[sS]ameSite|Content-Security-Policy|NetworkPolicy|helmet\(|prevent_destroy|deletion_protection|permissions:|no-new-privileges|deny all|disallow|auth_basic|limit_req|server_side_encryption|randomBytes|SecureRandom|rand\.Read/g,
  },
];

/** As `errors.removed`, seen in what is added: a failure becomes a crash, or silence. */
export const silenced =
  /\.unwrap\(\)|\.expect\(|^\s*_(?:, _)* :?= |\bcatch\s?(?:\(\w*\))?\s?\{\s*\}|except[^:]{0,40}:\s*pass|^\s*pass$|\|\| true\b|catch\(\(\) => (?:\{\s*\}|null|undefined)\)|@ts-ignore|continue-on-error: true|rescue nil/;

export const testsWeakened = {
  added:
    /\b(?:it|test|describe)\.(?:skip|todo|only)\b|\bx(?:it|describe)\(|@(?:Disabled|Ignore)\b|pytest\.mark\.(?:skip|xfail)|\bt\.Skip|#\[ignore|unittest\.skip/,
  lost: /\b(?:assert|expect|should)\w*\b|\brequire\.\w+\(|\bt\.(?:Error|Fatal)f?\(|\b(?:it|test)\(|\bdef test_|func Test|@Test\b/g,
} as const;

/** What others may call. Looked for in what is removed. */
export const signature =
  /^\s*(?:export\s|pub(?:\(\w{1,10}\))?\s|public\s(?!static void main)|func (?:\([^)]{1,60}\) )?[A-Z]|module\.exports|__all__)/;

/** A regular expression: a literal after what cannot stand before a division, or a call that makes one. */
export const regex =
  /(?:[=(,:]|return|\|\||&&)\s?\/(?![/*\s]).{1,200}\/[dgimsuvy]{0,8}[\s.,;)]|\bre\.(?:compile|match|search|fullmatch|sub|findall)\(|RegExp\(|Pattern\.compile|regexp\.(?:Must)?Compile|Regex::new|preg_\w+\(|=~|\.matches\(/;
/** What ties a pattern to an end of the text or of a word. */
export const anchors = /\^(?!\w*\])|\$(?=[/"'`)|])|\\[bAzZ]/g;

/** A call, and lines whose calls only tell people something. */
export const call = /[\w\])?!]\s?\(/;
export const logging =
  /^\s*(?:[\w.]*\b(?:log(?:ger|ging)?|console|slog|tracing|Rails\.logger)\b[.:!]|(?:print(?:ln|f)?|puts|echo|fmt\.Print\w*|e?println!)\b|(?:info|warn|debug|error|trace)!)/i;

/** A line that only brings names in: nothing stands behind a semicolon. */
export const anyImport =
  /^(?!.*;\s*\S)\s*(?:import\b(?!\s?\()|from\s+\S+\s+import\b|use\s+[\w:]+|using\s+[\w.]+;|#include\b|export\s[^=]{0,200}\sfrom\s)/;

/** An import of a file of the same project; group 1 is what it imports, without where from. */
export const localImport = /^((?:import|export)\s[^"']*from\s|import\s)["']\.[^"']*["'];?$/;
