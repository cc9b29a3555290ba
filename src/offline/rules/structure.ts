import { importsOf, moduleOf, resolveImport, type Import } from '../code/imports.ts';
import { eachMatch, type Source } from '../code/source.ts';
import type { Hit, Rule } from './rule.ts';

export const importCycle: Rule = {
  kind: 'import-cycle',
  family: 'structure',
  also: ['correctness'],
  severity: 'medium',
  confidencePct: 88,
  suggestion: 'Move what both need into a third file, or pass it in as an argument.',
  find: (source, change) => {
    const told = new Set<Source>();
    return (change.links.get(source) ?? []).flatMap(({ at, target }) => {
      const back = change.links.get(target)?.find((each) => each.target === source);
      const line = back === undefined ? undefined : target.lines[back.at];
      // When both sides are new the cycle is told once, at the file that comes first.
      if (line === undefined || (line.added && target.path < source.path)) return [];
      if (told.has(target)) return [];
      told.add(target);
      const title = `\`${source.path}\` and \`${target.path}\` import each other`;
      const detail = `\`${target.path}\` imports this file on line ${line.number}: neither can be loaded, tested or moved without the other, and which one sees the other unfinished depends on who is loaded first.`;
      return [{ at, title, detail }];
    });
  },
};

const inner = /(?:^|\/)(?:domain|core|entities|usecases|use-cases|use_cases)\//;
const outerFolder =
  /(?:^|\/)(?:http|web|api|routes?|controllers?|handlers?|ui|views?|components?|db|database|infra|infrastructure|adapters?|persistence|cli)(?:\/|$)/;
const outerPackage =
  /^(?:express|fastify|koa|@nestjs\/|hono|pg|mysql2?|mongodb|mongoose|sequelize|typeorm|knex|@prisma\/|ioredis|redis|react|vue|axios|node:https?|https?$|flask|django|fastapi|sqlalchemy|psycopg2?|requests|net\/http|database\/sql|gorm\.io\/|github\.com\/(?:gin-gonic|gorilla|jackc)\/)/;

/** True when the import leads from the inner layers to the outer ones. */
function reachesOut(source: Source, { from, typeOnly }: Import): boolean {
  if (typeOnly || source.purpose !== 'source' || !inner.test(source.path)) return false;
  const module = resolveImport(source, from);
  if (module !== null && (source.language === 'ecma' || from.startsWith('.')))
    return outerFolder.test(module) && !inner.test(`${module}/`);
  return outerPackage.test(from);
}

export const layerBreak: Rule = {
  kind: 'layer-break',
  family: 'structure',
  also: ['correctness'],
  severity: 'medium',
  confidencePct: 80,
  suggestion: 'Let the inner side name what it needs as an interface, and hand the outer side in.',
  find: (source) =>
    importsOf(source).flatMap((each) => {
      if (!reachesOut(source, each)) return [];
      const title = `\`${moduleOf(source.path)}\` reaches out to \`${each.from}\``;
      const detail = `The rules of the business now depend on \`${each.from}\`: they cannot be run, tested or reused without it, and a change out there reaches in here.`;
      return [{ at: each.at, title, detail }];
    }),
};

export const sharedMutable: Rule = {
  kind: 'shared-mutable',
  family: 'structure',
  also: ['correctness'],
  severity: 'medium',
  confidencePct: 82,
  suggestion: 'Keep it private and export functions that read and change it.',
  find: (source) => {
    const hits: Hit[] = [];
    if (source.language !== 'ecma' || source.purpose !== 'source') return hits;
    eachMatch(source, /^export\s+(?:let|var)\s+([A-Za-z_$][\w$]*)/, ([, name = ''], at) => {
      const detail = `Every importer sees \`${name}\` change under its hands, in an order that no file shows.`;
      hits.push({ at, title: `\`${name}\` is exported and reassigned`, detail });
    });
    return hits;
  },
};

const address =
  /^(?:https?|postgres(?:ql)?|mysql|redis|amqp|mongodb(?:\+srv)?):\/\/(?:[^\s/@]*@)?(?:localhost|127\.0\.0\.1|10\.\d|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|[\w.-]+\.(?:internal|local|corp|lan)\b)/;

export const hardWiredHost: Rule = {
  kind: 'hard-wired-host',
  family: 'structure',
  also: ['correctness'],
  severity: 'low',
  confidencePct: 74,
  suggestion: 'Take the address from the configuration.',
  find: (source) => {
    if (source.purpose !== 'source') return [];
    return source.literals.flatMap(({ at, text }) => {
      const line = source.lines[at];
      if (line?.added !== true || !address.test(text)) return [];
      if (/\?\?|\|\||\bor\b|env|default/i.test(line.code) || /\$\{port/i.test(text)) return [];
      const host = text.replace(/^(\w+:\/\/)[^\s/@]*@/, '$1').slice(0, 60);
      const detail = `\`${host}\` exists in one network only: everywhere else the code has to be edited to run.`;
      return [{ at, title: `The address \`${host}\` is wired in`, detail }];
    });
  },
};
