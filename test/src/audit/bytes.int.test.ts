import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentAddress, nodeAddress, threadAddress } from '../../../events/index.ts';
import { brief, heard, told, Victim, type Attack } from './attack.ts';

const thread = threadAddress('shop', 'pr-1');
const reviewer = agentAddress('reviewer', 'reviewer', 'shop');
const node = nodeAddress('local');

/** One digit of the confidence in the first statement of that kind is another one. */
function otherConfidence(block: Uint8Array): Uint8Array {
  const text = Buffer.from(block).toString();
  assert.match(text, /"confidencePct":[89]0/);
  return Buffer.from(text.replace(/"confidencePct":[89]0/, '"confidencePct":10'));
}

async function firstOf(forger: Parameters<Attack>[0], actor: string, type: string) {
  const seq = (await forger.events(actor)).findIndex(({ event }) => event.type === type);
  assert.ok(seq > 0);
  return { key: await forger.keyOf(actor), seq };
}

// Sealed: the node stopped in good order. Unsealed: it was killed before it sealed anything.
const attacks: readonly {
  name: string;
  attack: Attack;
  sealed: readonly RegExp[];
  unsealed: readonly RegExp[];
}[] = [
  {
    name: 'a block that was changed',
    attack: async (forger) => {
      const { key, seq } = await firstOf(forger, reviewer, 'agent.finding.stated');
      await forger.changeBlock(key, seq, otherConfidence);
    },
    sealed: [/^tree reviewer:\S+ \d+ node \d+$/, /^seal reviewer:\S+ - root$/],
    unsealed: [/^tree reviewer:\S+ \d+ node \d+$/],
  },
  {
    name: 'a block that was changed with the tree above it',
    attack: async (forger) => {
      const { key, seq } = await firstOf(forger, reviewer, 'agent.finding.stated');
      await forger.changeBlock(key, seq, otherConfidence);
      await forger.rebuildTree(key);
    },
    sealed: [/^tree reviewer:\S+ - rootHash$/, /^seal reviewer:\S+ - root$/],
    unsealed: [/^tree reviewer:\S+ - rootHash$/],
  },
  {
    name: 'a forgery that an honest append has signed since',
    attack: async (forger) => {
      const { key, seq } = await firstOf(forger, reviewer, 'agent.finding.stated');
      await forger.changeBlock(key, seq, otherConfidence);
      await forger.rebuildTree(key);
      const last = (await forger.events(reviewer)).at(-1);
      assert.ok(last);
      const { meta } = last;
      const noted = {
        meta: {
          ...meta,
          seq: meta.seq + 1,
          id: meta.id.replace(/.$/, (d) => (d === '0' ? '1' : '0')),
        },
        event: { type: 'agent.memory.noted', thread, topic: 'x' },
      };
      await forger.append(key, Buffer.from(JSON.stringify(noted)));
    },
    // The bytes are in order by now: the seal speaks, or what others have on record.
    sealed: [/^seal reviewer:\S+ - root$/],
    unsealed: [/^entry \S+pr-1 \d+ confidencePct$/],
  },
  {
    name: 'a signature by somebody else',
    attack: async (forger) => {
      const key = await forger.keyOf(thread);
      await forger.replace(key, await forger.blocksOf(key), 'foreign');
    },
    sealed: [/^signature \S+pr-1 - signature$/],
    unsealed: [/^signature \S+pr-1 - signature$/],
  },
  {
    name: 'another signer beside the key',
    attack: async (forger) => forger.changeSigner(await forger.keyOf(thread)),
    sealed: [/^key \S+pr-1 - manifest$/],
    unsealed: [/^key \S+pr-1 - manifest$/],
  },
  {
    name: 'a false hash in the tree over honest blocks',
    attack: async (forger) => forger.changeNode(await forger.keyOf(thread), 3),
    sealed: [/^tree \S+pr-1 - node 3$/],
    unsealed: [/^tree \S+pr-1 - node 3$/],
  },
  {
    name: 'a block that is gone',
    attack: async (forger) => {
      const { key, seq } = await firstOf(forger, thread, 'thread.vote.cast');
      await forger.deleteBlock(key, seq);
    },
    sealed: [/^storage \S+pr-1 \d+ -$/],
    unsealed: [/^storage \S+pr-1 \d+ -$/],
  },
  {
    name: 'a log cut back and written anew',
    attack: async (forger) => {
      const key = await forger.keyOf(thread);
      const blocks = await forger.blocksOf(key);
      const at = blocks.length - 3;
      const other = Buffer.from(
        String(blocks.at(at) && Buffer.from(blocks[at] ?? [])).replace('command":"', 'command":"x'),
      );
      await forger.truncate(key, at, other, ...blocks.slice(at + 1));
    },
    sealed: [/^fork \S+pr-1 - fork$/, /^seal \S+pr-1 - root$/],
    unsealed: [/^fork \S+pr-1 - fork$/],
  },
  {
    name: 'a tail that was cut off and signed',
    attack: async (forger) => {
      const key = await forger.keyOf(thread);
      await forger.replace(key, (await forger.blocksOf(key)).slice(0, -2));
    },
    sealed: [/^seal \S+pr-1 \d+ length$/],
    // Its agents remember how it ended.
    unsealed: [/^entry \S+pr-1 \d+ verdict$/],
  },
  {
    name: 'the tail of an agent, to which the thread refers',
    attack: async (forger) => {
      const key = await forger.keyOf(reviewer);
      await forger.replace(key, (await forger.blocksOf(key)).slice(0, -5));
    },
    sealed: [/^seal reviewer:\S+ \d+ length$/],
    unsealed: [/^cost \S+\/cost \d+ call$|^entry \S+pr-1 \d+ (ref|turn)$/, /./],
  },
  {
    name: 'a log that was taken away',
    attack: async (forger) => forger.remove(await forger.keyOf(reviewer)),
    sealed: [/^register reviewer:\S+ - -$/],
    unsealed: [/^register reviewer:\S+ - -$/],
  },
  {
    name: 'the log of texts taken away',
    attack: async (forger) => forger.remove(await forger.keyOf('texts')),
    sealed: [/^register local\S+ - -$/],
    unsealed: [/^register local\S+ - -$/],
  },
  {
    name: 'the log of the node taken away',
    attack: async (forger) => forger.remove(await forger.keyOf(node)),
    sealed: [/^register local\S+ - -$/],
    unsealed: [/^register local\S+ - -$/],
  },
  {
    name: 'a log that nobody has registered',
    attack: async (forger) => void (await forger.intrude(Buffer.from('{}'))),
    sealed: [/^register - - -$/],
    unsealed: [/^register - - -$/],
  },
  {
    name: 'a text with other bytes, signed',
    attack: async (forger) => {
      const key = await forger.keyOf('texts');
      const blocks = await forger.blocksOf(key);
      blocks[3] = Buffer.from('another text');
      await forger.replace(key, blocks);
    },
    sealed: [/^seal local\S+ - root$/, /^blob local\S+ 3 bytes$/],
    unsealed: [/^blob local\S+ 3 bytes$/],
  },
  {
    name: 'a text taken out, signed',
    attack: async (forger) => {
      const key = await forger.keyOf('texts');
      await forger.replace(key, (await forger.blocksOf(key)).slice(2));
    },
    sealed: [/^seal local\S+ 24 length$/],
    unsealed: [/^blob \S+pr-1 1 event.change.blob$/],
  },
];

describe('the auditor of bytes', () => {
  for (const ending of ['stopped', 'killed'] as const) {
    it(`names what was changed on disk after the node was ${ending}`, () =>
      Victim.with({ chapters: [heard], ending }, async (victim) => {
        for (const { name, attack, sealed, unsealed } of attacks) {
          const expected = ending === 'stopped' ? sealed : unsealed;
          const report = await victim.attacked(attack);
          const found = brief(report);
          assert.equal(found.length, expected.length, `${name}: ${told(report)}`);
          for (const [index, finding] of found.entries()) {
            assert.match(finding, expected[index] ?? /^never$/, `${name}: ${told(report)}`);
          }
          assert.equal(report.intact, expected.length === 0, name);
        }
      }));
  }

  it('does not take a log without events, made just before a kill, for an intruder', () =>
    Victim.with({ chapters: [heard], ending: 'killed' }, async (victim) => {
      const report = await victim.attacked(async (forger) => void (await forger.intrude()));
      assert.ok(report.intact, told(report));
      assert.deepEqual(
        report.notes.map(({ kind }) => kind),
        ['emptyLog'],
      );
    }));
});
