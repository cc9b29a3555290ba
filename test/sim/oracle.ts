import assert from 'node:assert/strict';
import { budgetAddress, decodeRecorded, sha256Hex, type Recorded } from '../../events/index.ts';
import { renderReport, verify } from '../../src/audit/index.ts';
import type { Actors, Outcome } from '../../src/ports.ts';
import { withHandle } from '../support/wrap.ts';
import type { Disk } from './disk.ts';

/** Remembers what processes were promised, and holds the disk against it. */
export class Oracle {
  readonly #disk: Disk;
  readonly #node: { name: string; actor: string };
  /** Hash of the block at `actor seq`, for every event that was acknowledged. */
  readonly #promised = new Map<string, string>();
  /** Commands whose outcome somebody was told, by actor and id. */
  readonly #told = new Map<string, string>();

  constructor(disk: Disk, node: { name: string; actor: string }) {
    this.#disk = disk;
    this.#node = node;
  }

  get promises(): number {
    return this.#promised.size;
  }

  /** Actors whose acknowledgements are remembered. */
  listening(actors: Actors): Actors {
    return withHandle(actors, async (instruction) => {
      const outcome = await actors.handle(instruction);
      this.#hear(instruction.actor, instruction.commandId, outcome);
      return outcome;
    });
  }

  #hear(actor: string, commandId: string, { events, hashes, durability }: Outcome): void {
    if (durability !== 'disk') return;
    for (const [index, { meta }] of events.entries()) {
      const at = `${actor} ${meta.seq}`;
      const hash = hashes[index] ?? '';
      assert.equal(
        this.#promised.get(at) ?? hash,
        hash,
        `${at} was promised to hold another event`,
      );
      this.#promised.set(at, hash);
    }
    if (events.length === 0) return;
    const told = JSON.stringify(hashes);
    const key = `${actor} ${commandId}`;
    assert.equal(this.#told.get(key) ?? told, told, `${key} had two outcomes`);
    this.#told.set(key, told);
  }

  /** After a crash, before anybody goes on: all that was promised is there, and history is lawful. */
  async check(): Promise<void> {
    const contents = this.#disk.contents();
    for (const [at, hash] of this.#promised) {
      const [actor = '', seq] = at.split(' ');
      const block = contents.get(actor)?.[Number(seq)];
      assert.ok(block, `${at} was acknowledged and is lost`);
      assert.equal(sha256Hex(block), hash, `${at} was acknowledged and is another event now`);
    }
    if ((contents.get(this.#node.actor)?.length ?? 0) === 0) return;
    const report = await verify(async () => this.#disk.evidence(this.#node));
    assert.deepEqual(report.findings, [], renderReport(report));
    this.#checkCommands();
  }

  #checkCommands(): void {
    for (const [actor, events] of this.events()) {
      const seen = new Set<string>();
      for (const [seq, { meta }] of events.entries()) {
        if (meta.command === events[seq - 1]?.meta.command) continue;
        assert.ok(!seen.has(meta.command), `${actor} handled ${meta.command} twice`);
        seen.add(meta.command);
      }
    }
  }

  /** Once everything has come to its end: nothing is open, and whatever was billed is paid for. */
  checkEnd(billed: number): void {
    let open = 0;
    let spent = 0;
    for (const { event } of this.events().get(budgetAddress('shop')) ?? []) {
      if (event.type === 'budget.held') open++;
      if (event.type === 'budget.released') open--;
      if (event.type === 'budget.settled' || event.type === 'budget.hold.charged') {
        open--;
        spent += event.amountMicroUsd;
      }
    }
    assert.equal(open, 0, `${open} holds are left without an end`);
    assert.ok(billed <= spent, `${billed} was billed and ${spent} is recorded as spent`);
    for (const [actor, events] of this.events()) {
      let turns = 0;
      for (const { event } of events) {
        if (event.type === 'agent.turn.started') turns++;
        if (event.type === 'agent.turn.completed' || event.type === 'agent.turn.failed') turns--;
      }
      assert.equal(turns, 0, `${actor} has ${turns} turns without an end`);
    }
  }

  /** The events of every actor. */
  events(): Map<string, Recorded[]> {
    const all = new Map<string, Recorded[]>();
    for (const [actor, blocks] of this.#disk.contents()) {
      if (actor === 'texts') continue;
      const events = blocks.map((block, seq) => decodeRecorded(block, { log: actor, seq }));
      all.set(actor, events);
    }
    return all;
  }
}
