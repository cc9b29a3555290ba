import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exitCodes } from '../../src/cli/exit.ts';

import { reviewReport } from '../../src/review/reviewReport.ts';
import { bzzzIn } from '../support/inProcess.ts';

/** What scripts and CI jobs hold on to. Add at will; removing or renaming breaks somebody's build. */
describe('the command line', () => {
  it('exits with the pinned codes', () =>
    assert.deepEqual(exitCodes, {
      approved: 0,
      done: 0,
      changesRequested: 1,
      failed: 1,
      error: 2,
      escalated: 3,
      interrupted: 130,
    }));

  it('has the pinned commands, arguments and options', async () => {
    assert.deepEqual(Object.fromEntries(await commandsBelow()), {
      bzzz: '--version --data <dir> --config <file> --project <name>',
      'bzzz review':
        '--base <rev> --diff <file> --task <name> --resume [address] --again --roles <names> --rule <rule> --budget <usd> --provider <name> --model <name> --format <format> --out <file> --quiet',
      'bzzz demo': '',
      'bzzz escalation ls': '--all --at <time> --json',
      'bzzz escalation resolve <address>':
        '--decision <decision> --raise <usd> --scope <scope> --by <name> --note <text> --json',
      'bzzz thread ls [pattern]': '--at <time> --json',
      'bzzz thread show <address>': '--restore --at <time> --json',
      'bzzz thread fork <address>':
        '--at <seq> --with-model <name> --task <name> --by <name> --json',
      'bzzz agent ls [pattern]': '--at <time> --json',
      'bzzz agent show <address>': '--at <time> --json',
      'bzzz agent suspend <address>': '--by <name> --json',
      'bzzz agent resume <address>': '--by <name> --json',
      'bzzz agent retire <address>': '--by <name> --json',
      'bzzz cost': '--by <key> --since <time> --until <time> --at <time> --json --csv',
      'bzzz budget show': '--at <time> --json',
      'bzzz budget holds': '--at <time> --json',
      'bzzz budget set <scope> <usd>': '--by <name> --json',
      'bzzz budget clock': '--by <name> --json',
      'bzzz prices show': '--model <name> --json',
      'bzzz prices lint [file]': '--json',
      'bzzz audit export [address]': '--out <dir> --with-keys --json',
      'bzzz audit verify [path]': '--against <file...> --witness <vkey...> --json',
      'bzzz audit replay [address]': '--all --at <time> --seq <number> --json',
      'bzzz audit explain <address> [path]': '--json',
      'bzzz backup <dir>': '--json',
      'bzzz restore <dir>': '--by <name> --json',
      'bzzz erase': '--subject <address> --reason <text> --by <name> --json',
      'bzzz checkpoint export': '--out <file> --json',
      'bzzz checkpoint show <file>': '--witness <vkey...> --json',
      'bzzz checkpoint record <file>': '--witness <vkey...> --json',
      'bzzz log ls': '--at <time> --json',
      'bzzz log cat <log>': '--from <seq> --to <seq> --at <time> --text --json',
      'bzzz views status': '--json',
      'bzzz views rebuild [names...]': '--json',
      'bzzz views verify': '--json',
      'bzzz config show': '--json',
      'bzzz doctor': '--json',
    });
  });

  it('reports reviews in the pinned format', () =>
    assert.equal(reviewReport.shape.format.value, 'bzzz.review/1'));
});

/** Every command that can be run, with its options, by what `--help` says. */
async function commandsBelow(...path: string[]): Promise<(readonly [string, string])[]> {
  const help = await helpOf(path);
  const [, usage = ''] = /^Usage: (.*)$/m.exec(help) ?? [];
  const command = usage.replace(/ \[options\]| \[command\]/g, '');
  const options = [...help.matchAll(/^ {2}(?:-\w, )?(--\S+(?: [<[]\S+[>\]])?)/gm)]
    .map(([, option]) => option)
    .filter((option) => option !== '--help')
    .join(' ');
  const [, list = ''] = /^Commands:\n(.*)/ms.exec(help) ?? [];
  const names = [...list.matchAll(/^ {2}([a-z]\S*)/gm)].flatMap(([, name = '']) =>
    name === 'help' ? [] : name,
  );
  const runs = path.length === 0 || names.length === 0;
  const below = await Promise.all(names.map((name) => commandsBelow(...path, name)));
  return [...(runs ? [[command, options] as const] : []), ...below.flat()];
}

async function helpOf(path: readonly string[]): Promise<string> {
  const { code, out, err } = await bzzzIn('.', ...path, '--help');
  assert.equal(code, 0);
  return out + err;
}
