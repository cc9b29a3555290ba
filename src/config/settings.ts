import { z } from 'zod';
import { isName, policy, scopeKinds, serviceTier } from '../../events/index.ts';

/**
 * Every setting: its key in bzzz.json, what it must look like and its default. A key that has none here
 * gets it from where bzzz is started (see loadConfig.ts).
 */

/** An object that says which keys it knows when it is given another. May be left out. */
function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: ({ code, keys }) =>
      code === 'unrecognized_keys' && Array.isArray(keys)
        ? `unknown key ${JSON.stringify(keys[0])}; known here: ${Object.keys(shape).join(', ')}`
        : undefined,
  });
}

const text = z.string().min(1);
const name = z.string().refine(isName, 'expected a name: letters, digits and ._- , up to 64');
const count = z.int().min(1);
/** Timers of Node.js hold no more. */
const durationMs = z
  .int()
  .min(1)
  .max(2 ** 31 - 1);

/** Dollars as people write them, `1`, `0.25` or `"0.000001"`: exact, for no more than micro-dollars fit. */
const usdExpected = 'expected dollars with at most 6 decimals, such as 0.25';
const usd = z
  .union([z.number(), z.string()], usdExpected)
  .refine((value) => /^\d{1,9}(?:\.\d{1,6})?$/.test(String(value)), usdExpected);

/** A deadline has to be a date that can be written. */
const yearMs = 366 * 24 * 60 * 60_000;

const roleNames = z
  .array(text)
  .min(1)
  .refine((names) => new Set(names).size === names.length, 'expected each role once');

const rules = policy.shape;

const scopeName = z
  .string()
  .regex(/^[a-z]+:[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'expected a scope such as role:architect');
const labelKind = z
  .string()
  .regex(/^[a-z]{1,32}$/, 'expected a kind of label in small letters, such as team')
  .refine((kind) => !scopeKinds.some((own) => own === kind), 'expected no built-in kind of scope');
const modelName = text.max(200);

const furtherProvider = section({
  baseUrl: z.url({ protocol: /^https?$/, error: 'expected an http or https URL' }),
  models: z.array(modelName).min(1),
  /** Environment variable that holds the key; null for a server that asks for none. */
  apiKeyEnv: text.nullable().default(null),
  keysFile: text.nullable().default(null),
  api: z.enum(['chat', 'responses']).default('chat'),
  /** Says `max_tokens` to a server that does not know `max_completion_tokens`. */
  legacyMaxTokens: z.boolean().default(false),
});

export const settings = section({
  /** As in addresses. Default: the name of the folder at the git root. */
  project: name,
  node: section({ name: name.default('local') }).prefault({}),
  /** Folder of logs, keys and views. Default: `.bzzz` at the git root. */
  data: text,
  /** Who takes part. */
  roles: roleNames.default(['architect', 'reviewer', 'documentation', 'performance']),
  /** Further role files, relative to the configuration file. */
  roleFiles: z.array(text).default([]),
  policy: section({
    rule: rules.rule.default('majority'),
    thresholdPct: rules.thresholdPct.default(67),
    quorumPct: rules.quorumPct.default(50),
    minParticipants: rules.minParticipants.default(2),
    vetoRoles: rules.vetoRoles.default([]),
    weights: rules.weights.default({}),
    blockingSeverity: rules.blockingSeverity.default('medium'),
    discussionRounds: rules.discussionRounds.default(1),
    escalationMs: rules.escalationMs.max(yearMs).default(24 * 60 * 60_000),
    onSilence: rules.onSilence.default('changes_requested'),
  }).prefault({}),
  review: section({
    deadlineMs: durationMs.default(30 * 60_000),
    maxTokens: section({
      review: count.default(4000),
      vote: count.default(3000),
      discuss: count.default(1500),
      summarise: count.default(1000),
    }).prefault({}),
    /** How long an agent may take for one turn, all its calls and waits together. */
    turnMs: durationMs.default(10 * 60_000),
    /** Prompts are compressed to this many tokens where they can be; money that runs short does it too. */
    contextTokens: count.default(60_000),
  }).prefault({}),
  budget: section({
    /** Caps by kind of scope; null for none of its own. Days and months are UTC. */
    taskUsd: usd.default(1),
    dayUsd: usd.default(10),
    monthUsd: usd.nullable().default(null),
    projectUsd: usd.nullable().default(null),
    threadUsd: usd.nullable().default(null),
    agentUsd: usd.nullable().default(null),
    roleUsd: usd.nullable().default(null),
    /** Caps of single scopes and of labels, such as `role:architect` or `team:payments`. */
    scopesUsd: z.record(scopeName, usd).default({}),
    /** Further scopes that every call counts in, as kind and name: `{"team": "payments"}`. */
    labels: z.record(labelKind, name).default({}),
    /** Percent of a cap at which an alert is recorded, once each per scope and window. */
    alertsPct: z.array(z.int().min(1).max(100)).max(20).default([50, 80, 100]),
    /** How long money may stay held for a call without an outcome. */
    holdMs: durationMs.default(15 * 60_000),
  })
    .refine(
      ({ scopesUsd, labels }) =>
        Object.keys(scopesUsd).every((scope) => {
          const kind = scope.slice(0, scope.indexOf(':'));
          return scopeKinds.some((own) => own === kind) || Object.hasOwn(labels, kind);
        }),
      {
        path: ['scopesUsd'],
        error: 'expected a built-in kind of scope, or a label of budget.labels',
      },
    )
    .prefault({}),
  llm: section({
    /** auto: openai when there is a key or a URL for it, offline otherwise. */
    provider: z.enum(['auto', 'offline', 'openai']).default('auto'),
    apiKey: text.nullable().default(null),
    baseUrl: z
      .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
      .nullable()
      .default(null),
    /** One model for every tier that `models` does not name. */
    model: text.optional(),
    models: section({
      economy: text.default('gpt-5.4-nano'),
      standard: text.default('gpt-5.4-mini'),
      premium: text.default('gpt-5.4'),
    }).prefault({}),
    attemptsMax: count.max(20).default(4),
    /** Reasoning models may think in silence for minutes; Node.js itself gives up after five. */
    idleTimeoutMs: durationMs.default(300_000),
    /** Prices of further models; what an entry looks like is the price book's to say. */
    prices: z.record(z.string(), z.unknown()).default({}),
    /** File with one API key per line, read again whenever it changes; instead of `apiKey`. */
    keysFile: text.nullable().default(null),
    api: z.enum(['chat', 'responses']).default('chat'),
    serviceTier: serviceTier.default('standard'),
    /** Where OpenAI processes the calls, if that costs more: `eu` or `us`. */
    region: z.enum(['eu', 'us']).nullable().default(null),
    /**
     * What an account may do, per key and model; null for what nobody limits. Refilled evenly, and a minute's
     * worth may go at once: the first minute after a pause sees up to twice as much.
     */
    limits: section({
      requestsPerMinute: count.nullable().default(null),
      tokensPerMinute: count.nullable().default(null),
      /** Calls at a time, over all keys and models. */
      concurrency: count.max(10_000).default(64),
    }).prefault({}),
    /** Models to ask instead of one that cannot be reached, in order. */
    fallbacks: z.record(modelName, z.array(modelName).max(10)).default({}),
    /** Further servers, each for the models it names; everything else goes to `baseUrl`. */
    providers: z.record(name, furtherProvider).default({}),
    /** risk: the tier follows from role, risk of the change and money left. role: from the role alone. */
    choice: z.enum(['risk', 'role']).default('risk'),
  }).prefault({}),
  /** What is taken out of a text before a log or a model sees it. Secrets always are. */
  redact: section({
    personalData: z.boolean().default(true),
    ipAddresses: z.boolean().default(false),
  }).prefault({}),
  /** What can be held against a store later on: see `bzzz checkpoint`. */
  checkpoint: section({
    /** How often the heads of the logs are sealed while a process runs; 0: only when it ends. */
    everyMs: durationMs.or(z.literal(0)).default(60_000),
    /** File that always holds the newest checkpoint, to be kept elsewhere; null for none. */
    file: text.nullable().default(null),
  }).prefault({}),
  views: section({
    /** sqlite: a file in the data directory. */
    url: z
      .string()
      .regex(/^(?:sqlite|postgres(?:ql)?:\/\/.+)$/, 'expected sqlite or a postgres:// URL')
      .default('sqlite'),
  }).prefault({}),
});
export type Settings = z.infer<typeof settings>;

/** Where a setting can be given besides bzzz.json. */
export type Source = {
  readonly path: string;
  readonly env: string;
  readonly flag?: string;
  /** Makes a value of a text; without it, the text is the value. */
  readonly read?: (text: string) => unknown;
  /** Comes from the environment or not at all, and is never shown. */
  readonly secret?: true;
};

/** All of them. Variables that are not listed are not ours: an orchestrator may add its own BZZZ_*. */
export const sources: readonly Source[] = [
  { path: 'project', env: 'BZZZ_PROJECT', flag: '--project' },
  { path: 'node.name', env: 'BZZZ_NODE_NAME' },
  { path: 'data', env: 'BZZZ_DATA', flag: '--data' },
  { path: 'roles', env: 'BZZZ_ROLES', flag: '--roles', read: list },
  { path: 'roleFiles', env: 'BZZZ_ROLE_FILES', read: list },
  { path: 'policy.rule', env: 'BZZZ_POLICY_RULE', flag: '--rule' },
  { path: 'policy.thresholdPct', env: 'BZZZ_POLICY_THRESHOLD_PCT', read: number },
  { path: 'policy.quorumPct', env: 'BZZZ_POLICY_QUORUM_PCT', read: number },
  { path: 'policy.minParticipants', env: 'BZZZ_POLICY_MIN_PARTICIPANTS', read: number },
  { path: 'policy.vetoRoles', env: 'BZZZ_POLICY_VETO_ROLES', read: list },
  { path: 'policy.blockingSeverity', env: 'BZZZ_POLICY_BLOCKING_SEVERITY' },
  { path: 'policy.discussionRounds', env: 'BZZZ_POLICY_DISCUSSION_ROUNDS', read: number },
  { path: 'policy.escalationMs', env: 'BZZZ_POLICY_ESCALATION_MS', read: number },
  { path: 'policy.onSilence', env: 'BZZZ_POLICY_ON_SILENCE' },
  { path: 'review.deadlineMs', env: 'BZZZ_REVIEW_DEADLINE_MS', read: number },
  { path: 'review.turnMs', env: 'BZZZ_REVIEW_TURN_MS', read: number },
  { path: 'review.contextTokens', env: 'BZZZ_REVIEW_CONTEXT_TOKENS', read: number },
  { path: 'budget.taskUsd', env: 'BZZZ_BUDGET_TASK_USD', flag: '--budget' },
  { path: 'budget.dayUsd', env: 'BZZZ_BUDGET_DAY_USD' },
  { path: 'budget.monthUsd', env: 'BZZZ_BUDGET_MONTH_USD' },
  { path: 'budget.projectUsd', env: 'BZZZ_BUDGET_PROJECT_USD' },
  { path: 'budget.threadUsd', env: 'BZZZ_BUDGET_THREAD_USD' },
  { path: 'budget.agentUsd', env: 'BZZZ_BUDGET_AGENT_USD' },
  { path: 'budget.roleUsd', env: 'BZZZ_BUDGET_ROLE_USD' },
  { path: 'budget.holdMs', env: 'BZZZ_BUDGET_HOLD_MS', read: number },
  { path: 'llm.provider', env: 'BZZZ_LLM_PROVIDER', flag: '--provider' },
  { path: 'llm.apiKey', env: 'OPENAI_API_KEY', secret: true },
  { path: 'llm.baseUrl', env: 'OPENAI_BASE_URL' },
  { path: 'llm.model', env: 'BZZZ_LLM_MODEL', flag: '--model' },
  { path: 'llm.attemptsMax', env: 'BZZZ_LLM_ATTEMPTS_MAX', read: number },
  { path: 'llm.idleTimeoutMs', env: 'BZZZ_LLM_IDLE_TIMEOUT_MS', read: number },
  { path: 'llm.keysFile', env: 'BZZZ_LLM_KEYS_FILE' },
  { path: 'llm.api', env: 'BZZZ_LLM_API' },
  { path: 'llm.serviceTier', env: 'BZZZ_LLM_SERVICE_TIER' },
  { path: 'llm.region', env: 'BZZZ_LLM_REGION' },
  { path: 'llm.limits.requestsPerMinute', env: 'BZZZ_LLM_REQUESTS_PER_MINUTE', read: number },
  { path: 'llm.limits.tokensPerMinute', env: 'BZZZ_LLM_TOKENS_PER_MINUTE', read: number },
  { path: 'llm.limits.concurrency', env: 'BZZZ_LLM_CONCURRENCY', read: number },
  { path: 'llm.choice', env: 'BZZZ_LLM_CHOICE' },
  { path: 'redact.personalData', env: 'BZZZ_REDACT_PERSONAL_DATA', read: flag },
  { path: 'redact.ipAddresses', env: 'BZZZ_REDACT_IP_ADDRESSES', read: flag },
  { path: 'checkpoint.everyMs', env: 'BZZZ_CHECKPOINT_EVERY_MS', read: number },
  { path: 'checkpoint.file', env: 'BZZZ_CHECKPOINT_FILE' },
  { path: 'views.url', env: 'BZZZ_VIEWS_URL' },
];

function list(given: string): string[] {
  return given.split(',').flatMap((item) => item.trim() || []);
}

/** What is no whole number stays a text, for the schema to refuse. */
function number(given: string): unknown {
  return /^-?\d{1,15}$/.test(given) ? Number(given) : given;
}

function flag(given: string): unknown {
  return given === 'true' || given === 'false' ? given === 'true' : given;
}
