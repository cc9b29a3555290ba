import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatAddress, matchesAddress, parseAddress, type Address } from '../../events/index.ts';
import { anyAddress } from '../support/actorArbitraries.ts';

/** The form with an empty authority, which is a valid URI. */
function formatUri(address: Address): string {
  return formatAddress(address).replace('bzzz://', 'bzzz:///');
}

describe('any address', () => {
  it('is read back from both of its forms', () =>
    fc.assert(
      fc.property(anyAddress, (address) => {
        assert.deepEqual(parseAddress(formatAddress(address)), address);
        assert.deepEqual(parseAddress(formatUri(address)), address);
      }),
    ));

  it('matches itself, and is matched when any part is left open', () =>
    fc.assert(
      fc.property(
        anyAddress,
        fc.constantFrom('agent', 'role', 'project', 'task'),
        (address, part) => {
          assert.ok(matchesAddress(address, address));
          assert.ok(matchesAddress({ ...address, [part]: '*', path: [] }, address));
        },
      ),
    ));

  it('is only what the grammar says: one character more or less is another address or none', () =>
    fc.assert(
      fc.property(anyAddress, fc.nat(), fc.string({ maxLength: 1 }), (address, at, character) => {
        const text = formatAddress(address);
        const place = at % (text.length + 1);
        const changed = text.slice(0, place) + character + text.slice(place + 1);
        try {
          const form = changed.startsWith('bzzz:///') ? formatUri : formatAddress;
          assert.equal(form(parseAddress(changed)), changed);
        } catch (error) {
          assert.equal(error instanceof Error && error.name, 'Refusal', changed);
        }
      }),
    ));
});
