import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSigned, treeHash } from './proof.ts';
import {
  at,
  hex,
  list,
  number,
  ofType,
  sha256,
  text,
  type Event,
  type Fail,
  type Log,
} from './values.ts';

export function checkRegister(
  bundle: unknown,
  own: readonly Event[],
  events: readonly Event[],
  byKey: ReadonlyMap<string, Log>,
  fail: Fail,
): void {
  const node = text(bundle, 'node', 'log');
  const self = `bzzz://${text(bundle, 'node', 'name')}:node@*:*`;
  const started = ofType(own, 'node.started')[0];
  const owners = new Map([[node, `node ${self}`]]);
  owners.set(text(started?.event, 'blobs'), `blobs ${self}`);
  for (const { event } of ofType(own, 'node.log.registered')) {
    const key = text(event, 'log');
    if (owners.has(key)) fail(`log ${key} is registered twice`);
    owners.set(key, `${text(event, 'kind')} ${text(event, 'actor')}`);
  }
  const scope = at(bundle, 'scope');
  const excluded = new Set(list(bundle, 'excluded').map((entry) => text(entry, 'key')));
  const needed = scope === null ? null : neededFor(text(bundle, 'scope'), events);
  for (const [key, owner] of owners) {
    const absent = needed !== null && excluded.has(key) && !needed.has(owner.split(' ')[1] ?? '');
    if (!byKey.has(key) && !(absent && !/^(?:node|blobs) /.test(owner)))
      fail(`${owner} is missing`);
  }
  if (needed && !events.some(({ log }) => log.actor === scope))
    fail('the thread of the scope is missing');
  for (const entry of [...list(bundle, 'logs'), ...list(bundle, 'excluded')]) {
    const label = `${text(entry, 'kind')} ${text(entry, 'actor')}`;
    if (owners.get(text(entry, 'key')) !== label) fail(`${label} is not registered as such`);
  }
  if (list(bundle, 'broken').length > 0) fail('a log of the store could not be read');
}

/** Actors that a thread is judged by. */
function neededFor(thread: string, events: readonly Event[]): Set<string> {
  const [threads, needed] = [new Set([thread]), new Set<string>()];
  for (const address of threads) {
    needed.add(address).add(address.replace(/:[^:]*$/, ':*/cost'));
    for (const { event, log } of events) {
      if (text(event, 'type') === 'budget.held' && text(event, 'thread') === address)
        needed.add(text(event, 'agent'));
      if (log.actor !== address) continue;
      if (at(event, 'agent') !== undefined) needed.add(text(event, 'agent'));
      for (const one of list(event, 'participants')) needed.add(text(one, 'agent'));
      if (text(event, 'type') === 'thread.forked') threads.add(text(event, 'origin', 'thread'));
    }
  }
  return needed;
}

export function checkSeals(
  bundle: unknown,
  own: readonly Event[],
  events: readonly Event[],
  byKey: ReadonlyMap<string, Log>,
  fail: Fail,
): void {
  const excluded = new Map(list(bundle, 'excluded').map((log) => [text(log, 'key'), log]));
  const hold = (what: string, head: unknown): void => {
    const [key, length] = [text(head, 'log'), number(head, 'length')];
    const out = excluded.get(key);
    const outRoot = number(out, 'length') === length ? text(out, 'root') : text(head, 'root');
    const root = out
      ? number(out, 'length') < length
        ? ''
        : outRoot
      : byKey.get(key)?.rootAt[length];
    if (length > 0 && root !== text(head, 'root')) fail(`${what}: log ${key} at ${length}`);
  };
  for (const { event, seq } of ofType(own, 'node.checkpoint.sealed'))
    for (const head of list(event, 'heads')) hold(`sealed in event ${seq}`, head);
  for (const { event, log } of ofType(events, 'thread.forked'))
    hold(`origin of ${log.actor}`, at(event, 'origin'));
}

export function checkCheckpoint(
  path: string,
  bundle: unknown,
  own: readonly Event[],
  byKey: ReadonlyMap<string, Log>,
  fail: Fail,
): void {
  const file = join(path, 'checkpoint.txt');
  const note = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const end = note.lastIndexOf('\n\n') + 1;
  const body = note.slice(0, end);
  const [origin = '', size = '', root = '', signer = '', time = '', ...heads] = body
    .trimEnd()
    .split('\n');
  const node = byKey.get(text(bundle, 'node', 'log'));
  const entry = list(bundle, 'logs').find((log) => text(log, 'key') === node?.key);
  const publicKey = Buffer.from(text(entry, 'manifest'), 'hex').subarray(38);
  const keyId = sha256(Buffer.concat([Buffer.from(`${origin}\n`), Buffer.of(1), publicKey]));
  const [, name, base64 = ''] =
    /^\u2014 (\S+) ([A-Za-z0-9+/=]+)\n$/.exec(note.slice(end + 1)) ?? [];
  const blob = Buffer.from(base64, 'base64');
  if (blob.toString('base64') !== base64 || name !== origin) fail('it has no signature line');
  if (!blob.subarray(0, 4).equals(keyId.subarray(0, 4))) fail('it is signed by another key');
  if (!isSigned(publicKey, Buffer.from(body), blob.subarray(4)))
    fail('it is not signed by the node');
  if (origin !== `bzzz/${text(bundle, 'node', 'name')}/${node?.key}`) fail('it is of another node');
  if (signer !== `signer ${hex(publicKey)}`) fail('it names another signer');
  if (time !== `time ${text(bundle, 'exportedAt')}`) fail('it is of another time');
  const leaves = own.map(({ bytes }) => sha256(Buffer.concat([Buffer.of(0), bytes])));
  if (size !== String(leaves.length) || root !== rfc6962(leaves).toString('base64'))
    fail('its root is not that of the log of the node');
  const registered = new Set(
    ofType(own, 'node.log.registered', 'node.started').map(({ event }) =>
      text(event, text(event, 'type') === 'node.started' ? 'blobs' : 'log'),
    ),
  ).add(node?.key ?? '');
  const here = [...byKey.values()].map(
    ({ key, length, root: now }) => `log ${key} ${length} ${now} 0`,
  );
  const out = list(bundle, 'excluded').map((log) => {
    const now = number(log, 'length') > 0 ? text(log, 'root') : treeHash([]);
    return `log ${text(log, 'key')} ${number(log, 'length')} ${now} ${number(log, 'fork')}`;
  });
  const held = [...here, ...out].filter((line) => registered.has(line.split(' ')[1] ?? ''));
  if (held.toSorted().join() !== heads.join()) fail('it does not have the heads of these logs');
}

/** RFC 6962, 2.1. */
function rfc6962(leaves: readonly Buffer[]): Buffer {
  const [first] = leaves;
  if (!first) return sha256('');
  if (leaves.length === 1) return first;
  let half = 1;
  while (2 * half < leaves.length) half *= 2;
  const [left, right] = [rfc6962(leaves.slice(0, half)), rfc6962(leaves.slice(half))];
  return sha256(Buffer.concat([Buffer.of(1), left, right]));
}
