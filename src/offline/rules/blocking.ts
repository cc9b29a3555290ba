import {
  enclosing,
  eachMatch,
  functionAround,
  loopAround,
  type Source,
  type SourceLine,
} from '../code/source.ts';
import type { Hit, Rule } from './rule.ts';

const nodeSync =
  /\b((?:fs\.)?(?:readFileSync|writeFileSync|appendFileSync|existsSync|statSync|readdirSync|copyFileSync|rmSync)|(?:child_process\.)?(?:execSync|execFileSync|spawnSync)|(?:crypto\.)?(?:pbkdf2Sync|scryptSync)|(?:zlib\.)?(?:gzipSync|gunzipSync|deflateSync|inflateSync))\s*\(/;
const pythonSync =
  /\b(time\.sleep|requests\.(?:get|post|put|patch|delete)|subprocess\.(?:run|check_output)|urllib\.request\.urlopen)\s*\(/;
const handlerHeader =
  /\b(?:req|request|res|reply|ctx)\b[^=]*(?:=>|\)$)|\.(?:get|post|put|patch|delete|use|all|on)\(|\bhandle[A-Z(]|Handler\b|middleware/;
const handlerPath = /(?:^|\/)(?:routes?|handlers?|controllers?|api|middlewares?)\//;
const startup = /\b(?:main|start|init|setup|boot(?:strap)?|load[A-Z]?\w*[cC]onfig|configure)\b/;

/** True when the line runs once, when the program or module starts. */
export function runsAtStart(line: SourceLine): boolean {
  const around = functionAround(line.block);
  return around === null || startup.test(around.header);
}

export const syncIo: Rule = {
  kind: 'sync-io',
  family: 'performance',
  also: ['structure'],
  severity: 'medium',
  confidencePct: 82,
  suggestion: 'Use the asynchronous form, or do it once at start-up and keep the result.',
  find: (source) => {
    const hits: Hit[] = [];
    if (source.purpose !== 'source') return hits;
    const pattern =
      source.language === 'ecma' ? nodeSync : source.language === 'python' ? pythonSync : null;
    if (pattern === null) return hits;
    eachMatch(source, pattern, ([, call = ''], at, line) => {
      const where = hotPath(source, line);
      if (where === null || runsAtStart(line)) return;
      const title = `\`${call}\` blocks ${where}`;
      const detail = `While \`${call}\` waits, the one thread does nothing else: every other request of the process stands still.`;
      hits.push({ at, title, detail });
    });
    return hits;
  },
};

/** Why a line is on a path that many callers share; null when nothing shown says so. */
function hotPath(source: Source, line: SourceLine): string | null {
  const functions = [...enclosing(line.block)].filter(({ kind }) => kind === 'function');
  if (source.language === 'python')
    return functions[0]?.header.startsWith('async') === true ? 'an async function' : null;
  if (functions.some(({ header }) => handlerHeader.test(header))) return 'a request handler';
  if (functions.length > 0 && handlerPath.test(source.path)) return 'a request handler';
  if (loopAround(line.block) !== null) return 'a loop';
  return functions.some(({ header }) => /\basync\b/.test(header)) ? 'an async function' : null;
}
