import { pathFamilies } from '../../events/address.ts';
import fc, { type Arbitrary } from 'fast-check';
import { z } from 'zod';
import { agentEvent } from '../../events/agent.ts';
import { budgetEvent } from '../../events/budget.ts';
import {
  formatAddress,
  schemaVersion,
  type Address,
  type BzzzEvent,
  type Json,
  type Recorded,
} from '../../events/index.ts';
import { nodeEvent } from '../../events/node.ts';
import { threadEvent } from '../../events/thread.ts';

// Few patterns, many fields: each arbitrary of a pattern takes milliseconds to build.
const patterns = new Map<string, Arbitrary<string>>();

function matching(pattern: string): Arbitrary<string> {
  const arbitrary = patterns.get(pattern) ?? fc.stringMatching(new RegExp(pattern));
  patterns.set(pattern, arbitrary);
  return arbitrary;
}

const anyName = matching('^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$');
const anyPart = fc.oneof({ weight: 4, arbitrary: anyName }, fc.constant('*'));
const anyHash = matching('^[0-9a-f]{64}$');
const anyMoment = fc
  .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString());
const anyText = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 50 });

/** Any address, with and without `*` and a path. */
export const anyAddress: Arbitrary<Address> = fc
  .tuple(
    anyPart,
    anyPart,
    anyPart,
    anyPart,
    fc.option(fc.constantFrom(...pathFamilies)),
    fc.array(anyPart, { maxLength: 3 }),
  )
  .map(([agent, role, project, task, family, rest]) => ({
    agent,
    role,
    project,
    task,
    path: family ? [family, ...rest] : [],
  }));

/** Any value that can be hashed. */
export const anyJson: Arbitrary<Json> = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: 'grapheme' }), tie('json'), { maxKeys: 4 }),
  ),
})).json;

/**
 * Events by type. They are read off the schemas, so an event that is added tomorrow is tested from its
 * first day.
 */
export const anyEvent: ReadonlyMap<string, Arbitrary<BzzzEvent>> = new Map(
  [threadEvent, agentEvent, budgetEvent, nodeEvent].flatMap((union) =>
    union.options.map((schema): [string, Arbitrary<BzzzEvent>] => [
      schema.shape.type.value,
      valueOf(z.toJSONSchema(schema)).map((event) => schema.parse(event)),
    ]),
  ),
);

/** The block that holds an event. */
export function anyRecorded(event: Arbitrary<BzzzEvent>): Arbitrary<Recorded> {
  const meta = fc.record(
    {
      id: fc.uuid(),
      v: fc.constant(schemaVersion),
      at: anyMoment,
      actor: fc.constant('bzzz://*:*@chorus:pr-42'),
      stream: anyHash,
      seq: fc.maxSafeNat(),
      command: anyText,
      cause: fc.uuid(),
      trace: fc.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/),
    },
    { requiredKeys: ['id', 'v', 'at', 'actor', 'stream', 'seq', 'command'], noNullPrototype: true },
  );
  const body = fc.oneof(
    fc.tuple(anyText, fc.base64String()).map(([subject, box]) => ({ subject, box })),
    fc
      .tuple(anyText, anyHash, fc.nat())
      .map(([subject, hash, bytes]) => ({ subject, blob: { hash, bytes } })),
  );
  return fc.record(
    { meta, event, body },
    { requiredKeys: ['meta', 'event'], noNullPrototype: true },
  );
}

type Schema = z.core.JSONSchema.BaseSchema;
type Member = Schema | boolean;

function valueOf(schema: Schema): Arbitrary<unknown> {
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return fc.oneof(...choices.map(valueOf));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'object':
      return objectOf(schema);
    case 'array':
      return arrayOf(schema);
    case 'string':
      return stringOf(schema);
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 0 });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      throw new TypeError(`no arbitrary for ${JSON.stringify(schema)}`);
  }
}

function objectOf(schema: Schema): Arbitrary<unknown> {
  const { properties, required = [], propertyNames, additionalProperties } = schema;
  if (!properties) {
    return fc.dictionary(
      stringOf(asSchema(propertyNames)),
      valueOf(asSchema(additionalProperties)),
    );
  }
  const members = Object.entries(properties).map(
    ([key, member]) => [key, valueOf(asSchema(member))] as const,
  );
  return fc.record(Object.fromEntries(members), { requiredKeys: required });
}

function arrayOf({ prefixItems, items, minItems = 0 }: Schema): Arbitrary<unknown> {
  if (prefixItems) return fc.tuple(...prefixItems.map((item) => valueOf(asSchema(item))));
  return fc.array(valueOf(asSchema(items)), { minLength: minItems, maxLength: minItems + 3 });
}

function stringOf({ format, pattern, minLength = 0, maxLength = 50 }: Schema): Arbitrary<string> {
  if (format === 'date-time') return anyMoment;
  if (format === 'starts_with') return anyAddress.map(formatAddress);
  if (pattern) return matching(pattern);
  return fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 50) });
}

function asSchema(schema: Member | Member[] | undefined): Schema {
  if (typeof schema === 'object' && !Array.isArray(schema)) return schema;
  throw new TypeError(`no arbitrary for ${JSON.stringify(schema)}`);
}
