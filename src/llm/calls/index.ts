import { leftIn } from '../../../actors/index.ts';
import { reasonLengthMax, Refusal, Unavailable } from '../../../events/index.ts';
import type { CallOption, ModelCalls, ModelRequest, PaidTurn } from '../../ports.ts';
import { mending, standingOf } from './answer.ts';
import { attempt, type Asked, type Waits } from './attempt.ts';
import type { CallDeps } from './deps.ts';
import { clearUp } from './payment.ts';
import { WaitingRoom } from './room.ts';
import { scopesOf } from './scopes.ts';
import { Vanguard } from './vanguard.ts';

export type { Arriving } from './deps.ts';

/** Model calls that are held, recorded and settled, on the budgets of projects. */
export function createCalls(deps: CallDeps): ModelCalls {
  const waits = { room: new WaitingRoom(deps), vanguard: new Vanguard() };
  return {
    async call(turn, options, read, signal) {
      await clearUp(deps, turn);
      for (;;) {
        const standing = await standingOf(deps, turn, read);
        if (standing.kind === 'usable') return standing.value;
        const mended =
          standing.kind === 'rejected'
            ? options.map((option) => mend(option, standing.text))
            : options;
        await answered(deps, waits, turn, mended, signal);
      }
    },
    abandon: (turn) => clearUp(deps, turn),
    async left({ budget, ...asked }) {
      const ledger = (await deps.actors.state('budget', budget))?.context;
      return (ledger && leftIn(ledger, scopesOf(deps, asked))) ?? 0;
    },
  };
}

function mend({ request, choice }: CallOption, text: string | null): CallOption {
  return { request: mending(request, text), choice: `repair.${choice}`.slice(0, reasonLengthMax) };
}

/** Tries one option after the other, and for each the models that stand in for one that is away. */
async function answered(
  deps: CallDeps,
  waits: Waits,
  turn: PaidTurn,
  options: readonly CallOption[],
  signal: AbortSignal,
): Promise<void> {
  const passed: Refusal[] = [];
  for (const option of options) {
    try {
      await withFallbacks(deps, waits, turn, option, signal);
      return;
    } catch (error) {
      if (!isNotThis(error)) throw error;
      passed.push(error);
    }
  }
  // Want of money is what a person can mend.
  const dear = passed.find(({ code }) => code === 'BUDGET_NEVER_FITS');
  throw dear ?? passed[0] ?? new TypeError('a call without options');
}

async function withFallbacks(
  deps: CallDeps,
  waits: Waits,
  turn: PaidTurn,
  { request, choice }: CallOption,
  signal: AbortSignal,
): Promise<void> {
  const fallbacks = deps.gateway.fallbacks(request.model).map((model) => ({
    request: { ...request, model },
    choice: `fallback.${choice}`.slice(0, reasonLengthMax),
  }));
  const ways = [{ request, choice }, ...fallbacks];
  for (const [index, way] of ways.entries()) {
    const isLast = index === ways.length - 1;
    const admitMs = isLast ? null : patienceMs;
    try {
      const asked = { ...(await prepare(deps, turn, way)), admitMs };
      await deps.gateway.retry(async (number) => {
        await attempt(deps, waits, asked, signal).catch((error: unknown) => {
          if (!isLast && isAway(error) && (number > 1 || !wasSent(error))) throw new GivenUp(error);
          throw error;
        });
      }, signal);
      return;
    } catch (error) {
      const isOver = error instanceof GivenUp || isAway(error);
      if (isLast || signal.aborted || !isOver) throw error;
    }
  }
}

async function prepare(
  deps: CallDeps,
  turn: PaidTurn,
  { request: plain, choice }: CallOption,
): Promise<Omit<Asked, 'admitMs'>> {
  const request: ModelRequest = { ...plain, messages: await redacted(deps, turn, plain) };
  const quote = deps.gateway.quote(request);
  const sealed = await deps.vault.sealBlob(turn.thread, JSON.stringify(request));
  return { turn, request, quote, sealed, choice };
}

async function redacted(
  { redactor }: CallDeps,
  { thread }: PaidTurn,
  { messages }: ModelRequest,
): Promise<ModelRequest['messages']> {
  const clean = await Promise.all(
    messages.map(async ({ role, content }) => {
      return { role, content: await redactor.redact(thread, content) };
    }),
  );
  // The same prompt is not counted twice.
  return clean.every(({ content }, at) => content === messages[at]?.content) ? messages : clean;
}

/** Where another model can be asked, nobody waits long for a place, nor tries more than twice. */
const patienceMs = 2000;

class GivenUp extends Error {
  constructor(cause: unknown) {
    super('another model is asked', { cause });
  }
}

/** Too dear, or too long: another way to ask may do. */
function isNotThis(error: unknown): error is Refusal {
  return (
    error instanceof Refusal &&
    (error.code === 'BUDGET_NEVER_FITS' || error.code === 'PROMPT_TOO_LARGE')
  );
}

/** False for what never came to be answered: no connection, no place, no key. */
function wasSent(error: unknown): boolean {
  return error instanceof Unavailable && typeof error.data['status'] === 'number';
}

function isAway(error: unknown): boolean {
  return error instanceof Unavailable && error.code === 'MODEL_UNAVAILABLE';
}
