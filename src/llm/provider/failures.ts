import { Refusal, Unavailable } from '../../../events/index.ts';

/** Why a call to a provider gave no answer, in the words of events/errors.ts. */

type FailureFacts = {
  /** HTTP status; null when no response arrived. */
  status?: number | null;
  /** How long the provider asks us to stay away; null when it does not say. */
  retryAfterMs?: number | null;
  /** May the provider have generated tokens, and charge for them? True when in doubt. */
  billable: boolean;
  requestId?: string | null;
};

/** MODEL_UNAVAILABLE with the data that retries and the ledger go by. */
export function unavailable(provider: string, what: string, facts: FailureFacts): Unavailable {
  const { status = null, retryAfterMs = null, billable, requestId = null } = facts;
  return new Unavailable('MODEL_UNAVAILABLE', `${provider} ${what}`, {
    data: { status, retryAfterMs, billable, requestId },
  });
}

type HttpFailure = {
  status: number;
  headers: Headers;
  /** The provider's machine-readable code, if its body has one. */
  code: string | null | undefined;
  /** What the provider says, already scrubbed. */
  text: string;
  requestId: string | null;
};

/** A response other than 200: MODEL_UNAVAILABLE when trying again can help, else MODEL_REJECTED. */
export function httpFailure(provider: string, failure: HttpFailure): Refusal | Unavailable {
  const { status, headers, requestId, text } = failure;
  const waitMs = retryAfter(headers);
  if (mayRetry(failure, waitMs))
    return unavailable(provider, `answered ${text}`, {
      status,
      retryAfterMs: waitMs,
      // These come from a proxy that gave up; the model behind it may have gone on.
      billable: status === 408 || status === 502 || status === 504,
      requestId,
    });
  const advice = isOutOfQuota(failure) ? 'raise the quota of the account' : adviceFor[status];
  const message = `${provider} refused the request: ${text}${advice === undefined ? '' : `; ${advice}`}`;
  return new Refusal('MODEL_REJECTED', message, { data: { status, requestId } });
}

const adviceFor: Readonly<Record<number, string>> = {
  401: 'check the API key',
  402: 'pay the bill of the account',
  403: 'the API key may not use this model',
  404: 'check the name of the model and the base URL',
};

function mayRetry(failure: HttpFailure, waitMs: number | null): boolean {
  // The server's own verdict, when it gives one: the convention of the OpenAI API.
  const verdict = failure.headers.get('x-should-retry');
  if (verdict === 'true') return true;
  if (verdict === 'false' || (isOutOfQuota(failure) && waitMs === null)) return false;
  return [408, 409, 425, 429].includes(failure.status) || failure.status >= 500;
}

/** The 429 that waiting does not cure. */
function isOutOfQuota({ code }: HttpFailure): boolean {
  return /^(?:insufficient_quota|credit_balance_exhausted|billing_hard_limit_reached)$/.test(
    code ?? '',
  );
}

/** Retry-After in seconds or as a date (RFC 9110, 10.2.3) or `retry-after-ms`, of any length. */
function retryAfter(headers: Headers): number | null {
  const ms = headers.get('retry-after-ms') ?? '';
  if (/^\d+(?:\.\d+)?$/.test(ms)) return Math.ceil(Number(ms));
  const after = headers.get('retry-after') ?? '';
  if (/^\d+(?:\.\d+)?$/.test(after)) return Math.ceil(Number(after) * 1000);
  // Measured on the server's clock, so that ours may be wrong.
  const waitMs = Date.parse(after) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(waitMs) ? null : Math.max(0, waitMs);
}

/** What a provider says that gives up in the middle of a stream; already scrubbed. */
export type StreamFailure = { readonly code: string | null; readonly text: string };

/** MODEL_REJECTED when the request is at fault, else MODEL_UNAVAILABLE; either may be billed. */
export function streamFailure(
  provider: string,
  { code, text }: StreamFailure,
  requestId: string | null,
): Refusal | Unavailable {
  if (code !== null && requestAtFault.test(code))
    return new Refusal('MODEL_REJECTED', `${provider} refused the request: ${text}`, {
      data: { status: null, billable: true, requestId },
    });
  const what = `broke off with an error: ${text}`;
  // What a rate limit means does not depend on when it is said.
  const status = tooMany.test(code ?? '') ? 429 : null;
  return unavailable(provider, what, { status, billable: true, requestId });
}

/** Some servers have the number for a code. */
const tooMany = /^(?:rate_limit_exceeded|429)$/;

/** Codes of the Responses API about what was asked, not about who was asked. */
const requestAtFault =
  /^(?:invalid_prompt|data_residency_mismatch|bio_policy|misalignment_policy_violation)$/;

/** The connection broke, or could not be made. Only the error's code is told: messages quote URLs. */
export function connectionFailure(provider: string, error: unknown): Unavailable {
  const code = codeOf(error);
  return neverConnected.test(code)
    ? unavailable(provider, `cannot be reached (${code})`, { billable: false })
    : unavailable(provider, `broke the connection (${code})`, { billable: true });
}

const neverConnected =
  /^(?:ERR_INVALID_URL|bad port|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_\w+|ERR_TLS_\w+|UNABLE_TO_\w+|\w*SELF_SIGNED\w*)$/;

/** The system's code is somewhere down the chain of causes; the name of the error has to do otherwise. */
function codeOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    // Ports that no browser may use (fetch standard, 2.9) are refused without a code.
    if (at.message === 'bad port') return at.message;
  }
  return error instanceof Error ? error.name : 'unknown';
}

const shownLengthMax = 300;

/** Makes text of a provider fit to show: no key of ours or alike, no control characters, not long. */
export function createScrubber(apiKey: string): (text: string) => string {
  const secrets = [apiKey, encodeURIComponent(apiKey)].filter((secret) => secret !== '');
  return (text) => {
    let clean = text;
    for (const secret of secrets) clean = clean.replaceAll(secret, '[key]');
    clean = clean.replaceAll(/\b(?:sk|pk|key)-[\w*.-]{6,}/g, '[key]').replaceAll(/\p{Cc}+/gu, ' ');
    return clean.length <= shownLengthMax
      ? clean
      : `${clean.slice(0, shownLengthMax).toWellFormed()}…`;
  };
}
