import { join, posix, relative, sep } from 'node:path';
import type { RuleTester } from 'oxlint/plugins-dev';
import { bannedGlobals, bannedMethods, partlyBannedGlobals } from './bans.ts';
import { fenceBetween, fenceToPackage, isPure, placeOf } from './fences.ts';

// oxlint names the types of a plugin only in the signature of its tester.
type Rule = Parameters<RuleTester['run']>[1];
type Context = Parameters<NonNullable<Rule['create']>>[0];
type Visitor = ReturnType<NonNullable<Rule['create']>>;
type Visited<Name extends keyof Visitor> = Parameters<NonNullable<Visitor[Name]>>[0];
type AnyNode = Visited<'Identifier'>['parent'];

const root = join(import.meta.dirname, '../..');

const typePositions: ReadonlySet<string> = new Set<AnyNode['type']>([
  'TSClassImplements',
  'TSInterfaceHeritage',
  'TSQualifiedName',
  'TSTypeQuery',
  'TSTypeReference',
]);

/** Imports point one way; see fences.ts. */
const direction: Rule = {
  create(context) {
    const from = pathInRepository(context);
    const check = (node: AnyNode, specifier: string, names: readonly string[]): void => {
      const message = specifier.startsWith('.')
        ? fenceBetween(from, posix.join(posix.dirname(from), specifier))
        : fenceToPackage(from, specifier, names);
      if (message !== undefined) context.report({ node, message });
    };
    return {
      ImportDeclaration(node) {
        check(node, node.source.value, node.specifiers.map(importedName));
      },
      ExportNamedDeclaration(node) {
        if (node.source) check(node, node.source.value, ['*']);
      },
      ExportAllDeclaration(node) {
        check(node, node.source.value, ['*']);
      },
      ImportExpression(node) {
        if (node.source.type === 'Literal' && typeof node.source.value === 'string')
          check(node, node.source.value, ['*']);
      },
      TSImportType(node) {
        check(node, node.source.value, ['*']);
      },
    };
  },
};

/** The pure folders do not touch clock, chance or world; see bans.ts. */
const pure: Rule = {
  create(context) {
    const from = pathInRepository(context);
    if (!isPure(placeOf(from))) return {};
    return {
      Identifier(node) {
        const message = objection(context, node);
        if (message !== undefined) context.report({ node, message });
      },
    };
  },
};

function objection(context: Context, node: Visited<'Identifier'>): string | undefined {
  const { name, parent } = node;
  if (parent.type === 'MemberExpression' && !parent.computed && parent.property === node)
    return bannedMethods.names.test(name) ? bannedMethods.instead : undefined;
  const instead = bannedGlobals[name] ?? partlyBannedGlobals[name]?.instead;
  if (instead === undefined || !isGlobalValue(context, node)) return undefined;
  return isPureUse(node) ? undefined : instead;
}

function isPureUse({ name, parent }: Visited<'Identifier'>): boolean {
  if (name === 'Date' && parent.type === 'NewExpression') return parent.arguments.length > 0;
  return (
    parent.type === 'MemberExpression' &&
    parent.property.type === 'Identifier' &&
    !parent.computed &&
    partlyBannedGlobals[name]?.allowed.test(parent.property.name) === true
  );
}

function isGlobalValue(context: Context, node: Visited<'Identifier'>): boolean {
  if (typePositions.has(node.parent.type)) return false;
  const { globalScope } = context.sourceCode.scopeManager;
  if (globalScope === null) return true;
  const known = globalScope.variables.filter((variable) => variable.defs.length === 0);
  const references = [...globalScope.through, ...known.flatMap((variable) => variable.references)];
  return references.some((reference) => reference.identifier === node);
}

function importedName(specifier: Visited<'ImportDeclaration'>['specifiers'][number]): string {
  if (specifier.type !== 'ImportSpecifier') return '*';
  const { imported } = specifier;
  return imported.type === 'Identifier' ? imported.name : imported.value;
}

function pathInRepository({ filename }: Context): string {
  return relative(root, filename).split(sep).join('/');
}

export default { meta: { name: 'fences' }, rules: { direction, pure } };
