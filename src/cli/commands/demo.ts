import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { costMicroUsd } from '../../../events/index.ts';
import { exitCodes } from '../exit.ts';
import type { AddCommand } from '../program.ts';
import { dollars } from '../../shared/text/index.ts';
import { progressTo } from '../review/live.ts';
import { print } from './review.ts';

const sample = new URL('../demo/sample.diff', import.meta.url);
/** For the comparison at the end: a model of the tier that the built-in roles ask for. */
const comparedModel = 'gpt-5.4-mini';

export const addDemo: AddCommand = (program, io, exit) => {
  program
    .command('demo')
    .description('Four agents review a sample change; then the auditor checks what they wrote.')
    .action(async () => {
      const { loadConfig } = await import('../../config/index.ts');
      const { startReview } = await import('../review/run.ts');
      const { auditData, renderReport } = await import('../audit.ts');
      const data = await mkdtemp(join(tmpdir(), 'bzzz-demo-'));
      // Offline, whatever keys there are: a demo must not spend anybody's money.
      const flags = { data, project: 'demo', provider: 'offline' };
      const config = await loadConfig({ flags, env: io.env, cwd: io.cwd });

      io.out(
        'bzzz demo: four agents review a sample change, with the offline model (rules, not a\n',
      );
      io.out('language model; see the README to point bzzz at a real one).\n\n');
      const input = {
        diff: await readFile(sample, 'utf8'),
        task: 'sample',
        again: false,
        isBudgetGiven: false,
      };
      const report = await startReview(io, config, input, progressTo(io));
      io.out('\n');
      await print(io, report, 'text');

      const verdict = await auditData(io, config);
      io.out(`\nThe auditor on the logs just written:\n${renderReport(verdict)}`);
      const { createPriceBook } = await import('../../llm/index.ts');
      const { inputTokens, outputTokens } = report.cost;
      const none = { cachedInputTokens: 0, cacheWriteTokens: null, reasoningTokens: 0 };
      const terms = { serviceTier: 'standard', region: null } as const;
      const price = createPriceBook({}, terms).price(comparedModel);
      const cost = costMicroUsd(price, { inputTokens, outputTokens, ...none }, terms) ?? 0;
      io.out(`\nThe same tokens would cost ${dollars(cost)} with ${comparedModel}.\n`);
      io.out('\nLook around:\n');
      for (const look of [`thread show '${report.thread}'`, 'cost', 'log ls', 'audit verify']) {
        io.out(`  bzzz --data ${data} ${look}\n`);
      }
      exit(verdict.intact ? exitCodes.done : exitCodes.failed);
    });
};
