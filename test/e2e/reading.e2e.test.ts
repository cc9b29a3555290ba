import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { Place } from './support/place.ts';
import { change, envOf, pricedConfig, startTeam, teamOf } from './support/team.ts';

const thread = 'bzzz://*:*@shop:pr-42';
const agent = 'bzzz://reviewer:reviewer@shop:*';
const roles = ['architect', 'reviewer', 'documentation', 'performance'];

/** Every command that only reads, and what its text has to show. */
const commands: readonly (readonly [command: string, shows: RegExp])[] = [
  ['thread ls', /^escalated +- .* bzzz:\/\/\*:\*@shop:pr-42$/m],
  [`thread show ${thread}`, /escalation 1 on p1: undecided/],
  ['agent ls', /bzzz:\/\/architect:architect@shop:\*/],
  ['agent ls bzzz://*:reviewer@shop:*', /bzzz:\/\/reviewer:reviewer@shop:\*/],
  [`agent show ${agent}`, /reviewer/],
  ['cost', /^\$0\.0\d+ .* total$/m],
  ['cost --by agent', /bzzz:\/\/performance:performance@shop:\*/],
  ['cost --by role', /documentation$/m],
  ['cost --by model', /fake-large$/m],
  ['cost --by day', /^\$.* \d{4}-\d{2}-\d{2}$/m],
  ['cost --by month', /^\$.* \d{4}-\d{2}$/m],
  ['cost --by project', /^today \(\d{4}-\d{2}-\d{2} UTC\): \$0\.0\d+ spent of \$1,000\.00; /m],
  ['cost --by label', /^this month \(\d{4}-\d{2} UTC\): \$0\.0\d+ spent, no cap; /m],
  ['cost --since 2026-01-01 --until 2100-01-01', /total$/m],
  ['budget show', /^task:pr-42 +\$100\.00 .*configuration$/m],
  ['--project shop budget show', /^\$100\.00 +\$0\.0\d+ +\$0\.00 +\$99\.\d+ +task:pr-42$/m],
  ['budget holds', /^held +age +expires +model +agent +hold$/m],
  ['prices show', /^\$0\.30 +\$0\.30 +\$0\.30 +\$2\.50 .* fake-small \(llm\.prices\)$/m],
  ['prices lint', /^no problem in llm\.prices$/m],
  ['escalation ls', /^open +undecided .*escalations\/1$/m],
  ['escalation ls --all', /escalations\/1$/m],
  ['log ls', /^thread +\d+ +[0-9a-f]{64} +bzzz:\/\/\*:\*@shop:pr-42$/m],
  ['views status', /^conversation +\d+ +active +0$/m],
  ['views verify', /rows are as \d+ events make them/],
  ['views rebuild', /made anew from \d+ events/],
  ['config show', /^budget\.taskUsd +100 +bzzz\.json$/m],
  ['doctor', /^ok +git +git version/m],
  ['audit verify', /^INTACT$/m],
  [`audit replay ${thread}`, /After \d+ events: "escalated"/],
  [`audit replay ${thread} --seq 0`, /After 1 events?: "open"/],
];

describe('a command that reads', () => {
  let place: Place;

  before(async () => {
    place = await Place.make({ 'bzzz.json': { ...pricedConfig, project: 'shop' } });
    const split = ['architect', 'reviewer'];
    await using team = await startTeam(teamOf((role) => split.includes(role)));
    const args = ['review', '--diff', '-', '--task', 'pr-42', '--quiet'];
    const { code, err } = await place.bzzz(args, { input: change, env: envOf(team) });
    assert.equal(code, 3, err);
  });
  after(() => place.remove());

  for (const [command, shows] of commands)
    it(`tells people and programs: ${command}`, async () => {
      const args = command.split(' ');
      const text = await place.bzzz(args);
      const json = await place.bzzz([...args, '--json']);
      assert.deepEqual([text.code, text.err], [0, '']);
      assert.match(text.out, shows);
      assert.deepEqual([json.code, json.err], [0, '']);
      assert.equal(typeof JSON.parse(json.out), 'object');
    });

  it('shows in a thread everyone who spoke, in words and in order', async () => {
    const { out } = await place.bzzz(['thread', 'show', thread]);
    for (const role of roles) {
      assert.match(out, new RegExp(`^\\d\\d:\\d\\d:\\d\\d {2}${role} +finds eval`, 'm'), role);
      for (const words of ['has read it', 'votes in round 1', 'says why', 'votes in round 2'])
        assert.ok(out.includes(`${role} ${words}`), `${role} ${words}`);
    }
    const course = [
      'ends its review with 1 finding',
      'p1 is proposed',
      'vote 1 is opened on 1 proposal',
      'undecided: p1; the agents discuss',
      'objects to p1',
      'vote 2 is opened on 1 proposal',
      'escalation 1 on p1: undecided',
    ].map((words) => out.indexOf(words));
    assert.ok(
      course.every((at) => at > 0),
      JSON.stringify(course),
    );
    assert.deepEqual(
      course,
      course.toSorted((a, b) => a - b),
    );
  });

  it('prints a log line by line, with the texts if they are asked for', async () => {
    const line = z.object({
      meta: z.object({ seq: z.int() }),
      event: z.object({ type: z.string() }),
      text: z.string().optional(),
    });
    const read = async (...args: string[]) => {
      const { code, out } = await place.bzzz(['log', 'cat', agent, ...args]);
      assert.equal(code, 0);
      return out
        .trimEnd()
        .split('\n')
        .map((each) => line.parse(JSON.parse(each)));
    };
    const all = await read();
    assert.deepEqual(
      all.map(({ meta }) => meta.seq),
      [...all.keys()],
    );
    assert.ok(all.every(({ text }) => text === undefined));
    const finding = all.find(({ event }) => event.type === 'agent.finding.stated');
    const at = finding?.meta.seq ?? 0;
    const [shown, ...rest] = await read('--from', String(at), '--to', String(at + 1), '--text');
    assert.deepEqual(rest, []);
    assert.match(shown?.text ?? '', /Input is run as code/);
  });

  it('counts days and months in UTC, wherever the process is', async () => {
    const shape = z.object({
      forecast: z.array(z.object({ startsAt: z.iso.datetime(), endsAt: z.iso.datetime() })),
    });
    for (const TZ of ['Europe/Berlin', 'America/New_York', 'Pacific/Kiritimati']) {
      const earliest = new Date().toISOString();
      const { out } = await place.bzzz(['cost', '--json'], { env: { TZ } });
      const latest = new Date().toISOString();
      const [day, month] = shape.parse(JSON.parse(out)).forecast;
      const midnight = 'T00:00:00.000Z';
      const today = [earliest, latest].map((at) => `${at.slice(0, 10)}${midnight}`);
      const firsts = [earliest, latest].map((at) => `${at.slice(0, 7)}-01${midnight}`);
      assert.ok(day && today.includes(day.startsAt), `${TZ}: ${out}`);
      assert.ok(month && firsts.includes(month.startsAt), `${TZ}: ${out}`);
      for (const { endsAt } of [day, month]) assert.ok(endsAt.endsWith(midnight));
    }
  });

  it('writes records that a spreadsheet reads', async () => {
    const { code, out, err } = await place.bzzz(['cost', '--by', 'agent', '--csv']);
    assert.deepEqual([code, err], [0, '']);
    const lines = out.split('\r\n');
    assert.equal(lines.length, roles.length + 2);
    assert.match(lines[0] ?? '', /^agent,spentUsd,spentMicroUsd,heldMicroUsd,/);
    for (const line of lines.slice(1, -1)) {
      const [agentCell = '', usd = '', micro = ''] = line.split(',');
      assert.match(agentCell, /^bzzz:\/\//);
      assert.equal(Number(usd.replace('.', '')), Number(micro));
    }
  });

  it('says in one line what is not there', async () => {
    const missing: readonly (readonly [string[], RegExp])[] = [
      [['thread', 'show', 'bzzz://*:*@shop:pr-1'], /there is no thread bzzz:\/\/\*:\*@shop:pr-1/],
      [['thread', 'show', 'pr-42'], /"pr-42" is not an address/],
      [['agent', 'show', 'bzzz://nobody:nobody@shop:*'], /nobody/],
      [['log', 'cat', 'bzzz://*:*@shop:pr-1'], /there is no log .*; bzzz log ls names them all/],
      [['audit', 'replay', 'bzzz://*:*@shop:pr-1'], /pr-1/],
      [['audit', 'replay', thread, '--seq', '1', '--at', '2026-01-01'], /exclude each other/],
      [['cost', '--by', 'colour'], /Allowed choices are thread, agent/],
      [['views', 'rebuild', 'colours'], /colours/],
    ];
    for (const [args, says] of missing) {
      const { code, out, err } = await place.bzzz(args);
      assert.match(err, /^bzzz: [^\n]+\n$/, args.join(' '));
      assert.match(err, says);
      assert.deepEqual([code, out], [2, '']);
    }
  });

  it('works on a copy that nobody may write to', async () => {
    const { code } = await place.startCommand('cp', ['-r', '.bzzz', 'copy']).ended;
    assert.equal(code, 0);
    for (const args of [
      ['audit', 'verify'],
      ['thread', 'ls'],
      ['log', 'ls'],
    ]) {
      const { code: found, err } = await place.bzzz(['--data', 'copy', ...args]);
      assert.deepEqual([found, err], [0, ''], args.join(' '));
    }
    const { code: refused, err } = await place.bzzz(
      ['--data', 'copy', 'review', '--diff', '-', '--provider', 'offline'],
      { input: change },
    );
    assert.equal(refused, 2);
    assert.match(err, /^bzzz: [^\n]* is a copy: two writers would fork its logs[^\n]*\n$/);
  });

  it('finds out what is missing before a review does', async () => {
    const { dir } = place;
    const diagnose = async (...args: string[]) => {
      const { code, out, err } = await place.bzzz([...args, 'doctor']);
      return { code, err, problems: out.split('\n').filter((line) => line.startsWith('PROBLEM')) };
    };
    assert.deepEqual(await diagnose('--data', 'not/yet/there'), { code: 0, err: '', problems: [] });
    const below = await diagnose('--data', 'bzzz.json/data');
    assert.equal(below.code, 1);
    assert.match(below.problems[0] ?? '', new RegExp(`data directory +${dir}/bzzz.json is no dir`));
    const unknown = await place.bzzz(['doctor'], { env: { BZZZ_ROLES: 'nobody' } });
    assert.equal(unknown.code, 1);
    assert.match(unknown.out, /^PROBLEM +roles +no role is called "nobody"/m);
    assert.ok(!(await place.files()).some((file) => file.startsWith('not/')));
  });

  it('names no exit code but those of the README', async () => {
    const { code, out } = await place.bzzz(['review', '--help']);
    assert.equal(code, 0);
    assert.match(out, /0 approved, 1 changes requested, 2 error, 3 escalated/);
    const version = await place.bzzz(['--version']);
    assert.match(version.out, /^\d+\.\d+\.\d+\n$/);
  });
});
