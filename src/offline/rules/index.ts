import { apiChange } from './api.ts';
import { syncIo } from './blocking.ts';
import { tlsOff, unsafeLoad, weakCrypto } from './crypto.ts';
import { undocumentedConfig, undocumentedExport } from './documents.ts';
import { swallowedError } from './errors.ts';
import { hiddenText } from './hidden.ts';
import { codeInjection, commandInjection, pathTraversal, sqlInjection } from './injection.ts';
import { debugLeftover, todo } from './leftovers.ts';
import { quadratic, queryInLoop } from './loops.ts';
import { unboundedCache, unboundedQuery } from './memory.ts';
import { destructiveMigration } from './migrations.ts';
import { missingAwait } from './promises.ts';
import { missingTimeout, resourceLeak } from './resources.ts';
import type { Rule } from './rule.ts';
import { secret } from './secrets.ts';
import { godFile, oversizeFunction } from './size.ts';
import { hardWiredHost, importCycle, layerBreak, sharedMutable } from './structure.ts';
import { missingTest } from './tests.ts';
import { magicTimeout } from './timers.ts';
import { floatMoney, mutableDefault } from './values.ts';

/** The rule book: everything the offline model can see in a change. */
export const rules: readonly Rule[] = [
  secret,
  sqlInjection,
  commandInjection,
  codeInjection,
  pathTraversal,
  weakCrypto,
  tlsOff,
  unsafeLoad,
  hiddenText,
  swallowedError,
  missingAwait,
  resourceLeak,
  mutableDefault,
  floatMoney,
  debugLeftover,
  destructiveMigration,
  importCycle,
  layerBreak,
  sharedMutable,
  hardWiredHost,
  apiChange,
  missingTest,
  oversizeFunction,
  godFile,
  undocumentedExport,
  undocumentedConfig,
  todo,
  queryInLoop,
  quadratic,
  syncIo,
  missingTimeout,
  unboundedCache,
  unboundedQuery,
  magicTimeout,
];
export type { Family, Hit, Rule, Severity } from './rule.ts';
