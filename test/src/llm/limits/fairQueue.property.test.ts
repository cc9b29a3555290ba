import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FairQueue } from '../../../../src/llm/limits/fairQueue.ts';

type Item = { readonly group: string; readonly owner: string; readonly number: number };

const items = fc
  .array(fc.record({ group: fc.constantFrom('x', 'y'), owner: fc.constantFrom('a', 'b', 'c') }), {
    maxLength: 40,
  })
  .map((list) => list.map((item, number): Item => ({ ...item, number })));

function filled(list: readonly Item[]): FairQueue<Item> {
  const queue = new FairQueue<Item>();
  for (const item of list) queue.push(item.group, item.owner, item);
  return queue;
}

/** Everything that is taken, in order. */
function served(queue: FairQueue<Item>, fits: (item: Item) => boolean = () => true): Item[] {
  const taken: Item[] = [];
  queue.serve((item) => fits(item) && taken.push(item) > 0);
  return taken;
}

describe('a fair queue', () => {
  it('serves everybody, each owner in order', () => {
    fc.assert(
      fc.property(items, (list) => {
        const queue = filled(list);
        const taken = served(queue);
        assert.equal(taken.length, list.length);
        assert.ok(queue.isEmpty);
        for (const [index, { group, owner, number }] of taken.entries())
          for (const later of taken.slice(index + 1))
            if (later.group === group && later.owner === owner) assert.ok(number < later.number);
      }),
    );
  });

  it('lets nobody wait for more than one item of each other who waits for the same', () => {
    fc.assert(
      fc.property(items, (list) => {
        const waited = new Map<string, Map<string, number>>();
        for (const { group, owner } of served(filled(list))) {
          const mine = waited.get(`${group} ${owner}`);
          assert.ok([...(mine?.values() ?? [])].every((times) => times <= 1));
          waited.set(`${group} ${owner}`, new Map());
          for (const [name, others] of waited)
            if (name !== `${group} ${owner}` && name.startsWith(`${group} `))
              others.set(owner, (others.get(owner) ?? 0) + 1);
        }
      }),
    );
  });

  it('lets no other of the same group pass the one whose turn it is, but other groups', () => {
    const list = ['large', 'small', 'small'].map((owner, number) => ({
      group: 'x',
      owner,
      number,
    }));
    const other = { group: 'y', owner: 'small', number: 9 };
    const queue = filled([...list, other]);
    const fits = ({ owner }: Item): boolean => owner !== 'large';
    assert.deepEqual(served(queue, fits), [other]);
    assert.deepEqual(served(queue), list);
  });

  it('forgets who has left', () => {
    const list = ['a', 'a', 'b'].map((owner, number) => ({ group: 'x', owner, number }));
    const queue = filled(list);
    for (const item of [list[0], list[2]]) if (item) queue.remove(item);
    assert.deepEqual(served(queue), [list[1]]);
    assert.ok(queue.isEmpty);
  });
});
