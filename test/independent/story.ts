import {
  at,
  hex,
  list,
  number,
  ofType,
  parse,
  same,
  sha256,
  text,
  typeOf,
  type Event,
  type Fail,
  type Log,
} from './values.ts';

export function checkTexts(
  bundle: unknown,
  own: readonly Event[],
  events: readonly Event[],
  byKey: ReadonlyMap<string, Log>,
  fail: Fail,
): void {
  const log = byKey.get(text(ofType(own, 'node.started')[0]?.event, 'blobs'));
  const erased = new Set(
    ofType(own, 'node.subject.erased').flatMap(({ event }) => list(event, 'blobs').map(String)),
  );
  const sizes = new Map<string, number>();
  const blocks = log?.blocks ?? [];
  for (let seq = 0; seq < blocks.length; seq += 2) {
    const [name, bytes] = [blocks[seq], blocks[seq + 1]];
    if (name?.length !== 32) fail(`block ${seq} is no name`);
    if (bytes && name && sha256(bytes).equals(name)) sizes.set(hex(name), bytes.length);
    else if (bytes) fail(`the text in block ${seq + 1} is not the one it is named after`);
    else if (name && at(bundle, 'scope') === null && !erased.has(hex(name)))
      fail(`block ${seq + 1} is missing and was not erased`);
  }
  for (const { event, log: of, seq, bytes } of events) {
    const refs = [
      ...['request', 'answer'].map((field) => at(event, field)),
      at(event, 'change', 'blob'),
      at(parse(bytes.toString()), 'body', 'blob'),
    ];
    for (const ref of refs.filter((one) => at(one, 'hash') !== undefined)) {
      const hash = text(ref, 'hash');
      if (sizes.get(hash) !== number(ref, 'bytes') && !erased.has(hash))
        fail(`${of.actor} event ${seq}: its text is not there`);
    }
  }
}

export function checkEntries(events: readonly Event[], fail: Fail): void {
  const statedAs = new Map([
    ['thread.finding.entered', 'agent.finding.stated'],
    ['thread.review.entered', 'agent.review.stated'],
    ['thread.vote.cast', 'agent.vote.stated'],
    ['thread.message.posted', 'agent.message.stated'],
    ['thread.objection.raised', 'agent.objection.stated'],
  ]);
  const statements = new Map(events.map((one) => [`${one.log.key} ${one.seq}`, one]));
  for (const { event, log, seq } of events) {
    const stated = statedAs.get(text(event, 'type'));
    if (stated === undefined) continue;
    const said = statements.get(`${text(event, 'ref', 'log')} ${number(event, 'ref', 'seq')}`);
    const where = `${log.actor} event ${seq}`;
    if (said?.log.actor !== text(event, 'agent')) fail(`${where} is not from the log of its agent`);
    else if (hex(sha256(said.bytes)) !== text(event, 'ref', 'hash'))
      fail(`${where} has another hash`);
    else if (typeOf(said) !== stated) fail(`${where} was said as ${typeOf(said)}`);
    for (const field of fieldsOf(event)) {
      const kept = ['type', 'agent', 'ref'].includes(field);
      if (!kept && !same(at(event, field), at(said?.event, field)))
        fail(`${where} differs in ${field}`);
    }
  }
}

export function checkTallies(events: readonly Event[], fail: Fail): void {
  for (const thread of new Set(events.map(({ log }) => log))) {
    let [opened, votes]: [unknown, unknown[]] = [null, []];
    for (const { event, seq } of events.filter(({ log }) => log === thread)) {
      const type = text(event, 'type');
      if (type === 'thread.review.opened') opened = event;
      if (type === 'thread.vote.opened') votes = [];
      if (type === 'thread.vote.cast') votes.push(event);
      if (type !== 'thread.consensus.reached') continue;
      const cast = votes.filter((vote) => text(vote, 'proposal') === text(event, 'proposal'));
      const tally = { approve: 0, reject: 0, abstain: 0, approveWeight: 0, rejectWeight: 0 };
      for (const vote of cast) {
        const agent = text(vote, 'agent');
        const one = list(opened, 'participants').find((who) => text(who, 'agent') === agent);
        if (!one) continue;
        const weight = at(opened, 'policy', 'weights', text(one, 'role')) ?? 1;
        const choice = text(vote, 'choice');
        if (choice === 'approve') tally.approve++;
        if (choice === 'approve') tally.approveWeight += Number(weight);
        if (choice === 'reject') tally.reject++;
        if (choice === 'reject') tally.rejectWeight += Number(weight);
        if (choice === 'abstain') tally.abstain++;
      }
      const counted = cast.map((vote) => ({
        agent: at(vote, 'agent'),
        choice: at(vote, 'choice'),
        statement: at(vote, 'ref', 'hash'),
      }));
      const found = { tally: at(event, 'tally'), votes: at(event, 'votes') };
      if (!same({ tally, votes: counted }, found))
        fail(`${thread.actor} event ${seq} counts otherwise`);
    }
  }
}

const fieldsOf = (value: unknown): string[] =>
  typeof value === 'object' && value !== null ? Object.keys(value) : [];

export function checkMoney(bundle: unknown, events: readonly Event[], fail: Fail): void {
  const absent = new Set(list(bundle, 'excluded').map((log) => text(log, 'actor')));
  const calls = new Map(
    ofType(events, 'agent.call.started').map(({ event }) => [text(event, 'hold'), event]),
  );
  const usages = new Map(
    ofType(events, 'agent.call.completed').map(({ event, log }) => [
      `${log.actor} ${text(event, 'call')}`,
      event,
    ]),
  );
  for (const ledger of new Set(ofType(events, 'budget.held').map(({ log }) => log))) {
    const holds = new Map<string, { event: unknown; ended: boolean }>();
    for (const { event, seq } of events.filter(({ log }) => log === ledger)) {
      const id = text(event, 'hold');
      const type = text(event, 'type');
      const where = `${ledger.actor} event ${seq}`;
      if (type === 'budget.held' && holds.has(id)) fail(`${where} holds again for ${id}`);
      if (type === 'budget.held') holds.set(id, { event, ended: false });
      if (!['budget.settled', 'budget.released', 'budget.hold.charged'].includes(type)) continue;
      const hold = holds.get(id);
      if (!hold || hold.ended) fail(`${where} ends a hold that is not open`);
      if (hold) hold.ended = true;
      const [held, spent] = [
        number(hold?.event, 'amountMicroUsd'),
        number(event, 'amountMicroUsd'),
      ];
      if (type === 'budget.hold.charged' && spent !== held)
        fail(`${where} is not the hold in full`);
      if (type !== 'budget.settled') continue;
      const agent = text(hold?.event, 'agent');
      const completed = usages.get(`${agent} ${text(calls.get(id), 'call')}`);
      const known = completed !== undefined || !absent.has(agent);
      if (known && !same(at(completed, 'usage'), at(event, 'usage')))
        fail(`${where} settles another usage`);
    }
  }
}
