import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, contentHash, sha256Hex, type Json } from '../../events/index.ts';
import { anyJson } from '../support/actorArbitraries.ts';

describe('canonical JSON', () => {
  it('is the same for any order of members', () =>
    fc.assert(
      fc.property(anyJson, (value) => {
        const turned = turnMembers(value);
        assert.equal(canonicalJson(turned), canonicalJson(value));
        assert.equal(contentHash(turned), contentHash(value));
      }),
    ));

  it('is JSON that reads back as the value', () =>
    fc.assert(
      fc.property(anyJson, (value) => {
        assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
      }),
    ));

  it('sorts by code unit, leaves blanks and undefined out, and escapes as RFC 8785 does', () => {
    const value = { '\u20ac': 1, b: [true, null, {}], a: undefined, '\r': '\u000f"', 1: -0 };
    assert.equal(canonicalJson(value), '{"\\r":"\\u000f\\"","1":0,"b":[true,null,{}],"\u20ac":1}');
  });

  for (const number of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    it(`refuses ${number}, which is not a safe integer`, () =>
      assert.throws(() => canonicalJson({ deep: [number] }), TypeError));
  }
});

describe('a hash', () => {
  it('is SHA-256 of the UTF-8 bytes, in lower-case hex', () => {
    // NIST FIPS 180-2, appendix B.1.
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    assert.equal(sha256Hex('abc'), abc);
    assert.equal(sha256Hex(Uint8Array.of(97, 98, 99)), abc);
    assert.equal(contentHash({ b: 1, a: 'é' }), sha256Hex(Buffer.from('{"a":"é","b":1}')));
  });
});

function turnMembers(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(turnMembers);
  const members = Object.entries(value).toReversed();
  return Object.fromEntries(members.map(([key, member]) => [key, turnMembers(member ?? null)]));
}
