/** Settings: read from defaults, bzzz.json, the environment and the command line; and the roles they name. */
export { explainConfig, loadConfig } from './loadConfig.ts';
export type { Config } from './loadConfig.ts';
export { loadRoles } from './loadRoles.ts';
