import type { Fact } from '../../../actors/index.ts';
import {
  agentAddress,
  sha256Hex,
  threadAddress,
  type AgentEvent,
  type Choice,
  type ThreadTurn,
} from '../../../events/index.ts';
import type { CommandOf } from '../../../src/ports.ts';
import type { ReviewDeps } from '../../../src/review/deps.ts';
import { enterStatements } from '../../../src/review/enter.ts';
import type { ReviewedThread } from '../../../src/review/turnWork.ts';
import type { ProposalText, Remark } from '../../../src/shared/prompt/index.ts';
import { testPolicy, type TestNode } from '../../support/testNode.ts';
import { Dice } from '../../torture/dice.ts';
import { scribeCalls, speak, talkDeps, teller } from './historyActors.ts';
import { talk } from './historyTalk.ts';

/** A conversation to be had: who takes part, about how much, and how it goes. */
export type Conversation = {
  readonly task: string;
  readonly agents: number;
  readonly proposals: number;
  /** Remarks and objections of all discussions together. */
  readonly messages: number;
  /** Proposals that each vote decides. */
  readonly decided: number;
  readonly objectingPct: number;
  readonly wordsMin?: number;
  readonly wordsMax?: number;
  readonly rounds?: number;
};

/** What a thread knew before a turn of all agents, and what was open in it. */
type Moment = {
  readonly turn: 'vote' | 'discuss';
  readonly round: number;
  readonly context: ReviewedThread;
  readonly open: readonly ProposalText[];
};

/** A conversation that was had, with every word that fell in it. */
export type Had = {
  readonly thread: string;
  readonly context: ReviewedThread;
  /** Rounds of discussion that are over; the vote after it is what comes next. */
  readonly rounds: number;
  readonly proposals: readonly ProposalText[];
  readonly open: readonly ProposalText[];
  readonly said: readonly Remark[];
  readonly moments: readonly Moment[];
};

const project = 'shop';
const hash = sha256Hex('something');
const blob = { hash, bytes: 100 };
const path = 'src/pay/till.ts';
const names = ['architect', 'reviewer', 'documentation', 'performance', 'security', 'tester'];
const roleOf = (nth: number): string => names[nth] ?? `role-${nth + 1}`;

/** Has a conversation on a node, through the commands that a review gives. The same seed gives the same. */
export async function converse(node: TestNode, talked: Conversation, seed = 1): Promise<Had> {
  const deps = talkDeps(
    node,
    scribeCalls(node.host, () => ''),
  );
  const conversation = new Converse(deps, talked, seed);
  await conversation.open();
  const rounds = talked.rounds ?? 3;
  for (let round = 1; round <= rounds; round++) {
    await conversation.vote(round);
    await conversation.discuss(round, rounds);
  }
  return conversation.had(rounds);
}

class Converse {
  readonly #deps: ReviewDeps;
  readonly #talked: Required<Conversation>;
  readonly #dice: Dice;
  readonly #thread: string;
  readonly #agents: { agent: string; role: string }[];
  readonly #said: Remark[] = [];
  readonly #moments: Moment[] = [];
  readonly #titles: { title: string; detail: string }[];
  #left: number;

  constructor(deps: ReviewDeps, talked: Conversation, seed: number) {
    this.#deps = deps;
    this.#talked = { wordsMin: 20, wordsMax: 120, rounds: 3, ...talked };
    this.#dice = new Dice(seed);
    this.#thread = threadAddress(project, talked.task);
    this.#left = talked.messages;
    this.#agents = Array.from({ length: talked.agents }, (_, nth) => ({
      agent: agentAddress(roleOf(nth), roleOf(nth), project),
      role: roleOf(nth),
    }));
    this.#titles = Array.from({ length: talked.proposals }, (_, nth) => ({
      title: `Finding ${nth + 1} about the till`,
      detail: talk(this.#dice, 30, 60),
    }));
  }

  async open(): Promise<void> {
    for (const { agent, role } of this.#agents) {
      const facts = { name: role, project, role, roleHash: hash, capabilities: ['review'] };
      const tell = teller(this.#deps.actors, agent);
      await tell('register', { type: 'register', ...facts, tier: 'standard' });
    }
    await this.#tell('open', { type: 'open', project, task: this.#talked.task });
    await this.#tell('openReview', {
      type: 'openReview',
      change: { hash, blob, files: [{ path, ranges: [[1, 1000]] }] },
      participants: this.#agents.map((each) => ({
        ...each,
        log: this.#deps.actors.logOf(each.agent) ?? '',
      })),
      policy: { ...testPolicy, rule: 'unanimity', discussionRounds: 3 },
      deadlineAt: '2027-01-01T00:00:00.000Z',
    });
    for (const [nth, { agent }] of this.#agents.entries()) {
      const found = nth === 0 ? this.#titles : [];
      const turn = this.#turn('review', 0, agent);
      const said = { thread: this.#thread, turn };
      const facts = { kind: 'bug', severity: 'high', confidencePct: 80 } as const;
      const findings = found.map((texts, index) => ({
        event: { type: 'agent.finding.stated', ...said, index, place: placeOf(index), ...facts },
        body: { subject: this.#thread, text: JSON.stringify({ ...texts, suggestion: '' }) },
      })) satisfies Fact<AgentEvent>[];
      const counts = { findings: found.length, dropped: 0 };
      const review = { event: { type: 'agent.review.stated', ...said, ...counts } } as const;
      await this.#takeTurn('review', 0, agent, [...findings, review]);
    }
    await this.#proceed();
  }

  async vote(round: number): Promise<void> {
    const open = await this.#remember('vote', round);
    for (const { agent, role } of this.#agents) {
      const turn = this.#turn('vote', round, agent);
      const votes = open.map(({ proposal, hash: bound, place }, at) => {
        const choice = this.#choice(agent, at);
        const text = talk(this.#dice, 20, 60);
        this.#said.push({ round, role, as: choice, on: proposal, text });
        const facts = { round, proposal, hash: bound, choice, confidencePct: 70 };
        const said = { thread: this.#thread, turn, ...facts, evidence: [place] };
        return {
          event: { type: 'agent.vote.stated', ...said },
          body: this.#sealed({ rationale: text }),
        } satisfies Fact<AgentEvent>;
      });
      await this.#takeTurn('vote', round, agent, votes);
    }
    await this.#proceed();
  }

  async discuss(round: number, rounds: number): Promise<void> {
    const open = await this.#remember('discuss', round);
    const turns = open.length * this.#agents.length;
    // What is left to say is spread over the rounds that are left, as far as they have room for it.
    const later = Array.from({ length: rounds - round }, (_, nth) => {
      return turns - (nth + 1) * this.#talked.decided * this.#agents.length;
    });
    const room = later.reduce((sum, each) => sum + each, 0);
    const even = Math.ceil(this.#left / (rounds - round + 1));
    const quota = Math.min(turns, Math.max(even, this.#left - room));
    const { wordsMin, wordsMax, objectingPct } = this.#talked;
    let spoken = 0;
    for (const [nth, { agent, role }] of this.#agents.entries()) {
      const turn = this.#turn('discuss', round, agent);
      const remarks = open.flatMap(({ proposal }, at): Fact<AgentEvent>[] => {
        const due = Math.floor(((nth * open.length + at + 1) * quota) / turns);
        if (due <= spoken || this.#left === 0) return [];
        spoken++;
        this.#left--;
        const as = this.#dice.chance(objectingPct / 100) ? 'object' : 'remark';
        const text = talk(this.#dice, wordsMin, wordsMax);
        this.#said.push({ round, role, as, on: proposal, text });
        const type = as === 'object' ? 'agent.objection.stated' : 'agent.message.stated';
        return [
          {
            event: { type, thread: this.#thread, turn, proposal },
            body: this.#sealed({ text }),
          },
        ];
      });
      await this.#takeTurn('discuss', round, agent, remarks);
    }
    await this.#proceed();
  }

  async had(rounds: number): Promise<Had> {
    if (this.#left > 0) throw new TypeError(`${this.#left} messages were not said`);
    await this.#remember('vote', rounds + 1);
    const [said, moments] = [this.#said, this.#moments];
    const context = await this.#context();
    const proposals = this.#texts(context);
    const open = moments.at(-1)?.open ?? [];
    return { thread: this.#thread, context, rounds, proposals, open, said, moments };
  }

  async #remember(turn: Moment['turn'], round: number): Promise<ReviewedThread['proposals']> {
    const context = await this.#context();
    const items = context.proposals.filter(({ outcome }) => outcome === 'open');
    const ids = items.map(({ proposal }) => proposal);
    const open = this.#texts(context).filter(({ id }) => ids.includes(id));
    this.#moments.push({ turn, round, context, open });
    return items;
  }

  #texts({ proposals }: ReviewedThread): ProposalText[] {
    return proposals.map(({ proposal, place, kind, severity }, nth) => {
      const { title = '', detail = '' } = this.#titles[nth] ?? {};
      return { id: proposal, ...place, kind, severity, title, detail };
    });
  }

  /** The first items are agreed on, of the others no two neighbours think alike. */
  #choice(agent: string, at: number): Choice {
    if (at < this.#talked.decided) return 'approve';
    const nth = this.#agents.findIndex((each) => each.agent === agent);
    return (nth + at) % 2 === 0 ? 'approve' : 'reject';
  }

  #sealed(texts: Record<string, string>): { subject: string; text: string } {
    return { subject: this.#thread, text: JSON.stringify(texts) };
  }

  #turn(turn: ThreadTurn, round: number, agent: string): string {
    const role = this.#agents.find((each) => each.agent === agent)?.role;
    return `${this.#talked.task}/${turn}/${round}/${role}`;
  }

  async #takeTurn(
    kind: ThreadTurn,
    round: number,
    agent: string,
    statements: readonly Fact<AgentEvent>[],
  ): Promise<void> {
    const turn = this.#turn(kind, round, agent);
    const thread = this.#thread;
    const said = await speak(this.#deps.actors, { thread, agent, turn, kind, round }, statements);
    const work = { kind: 'turn', id: turn, turn: kind, round, agent } as const;
    await enterStatements(this.#deps, thread, work, said);
  }

  async #context(): Promise<ReviewedThread> {
    const context = (await this.#deps.actors.state('thread', this.#thread))?.context;
    if (!context?.review) throw new TypeError('no review');
    return { ...context, review: context.review };
  }

  async #proceed(): Promise<void> {
    const version = (await this.#deps.actors.state('thread', this.#thread))?.version;
    await this.#tell(`proceed/${version}`, { type: 'proceed' });
  }

  async #tell(commandId: string, command: CommandOf<'thread'>): Promise<void> {
    const { actors } = this.#deps;
    await actors.handle({
      kind: 'thread',
      actor: this.#thread,
      commandId,
      command,
      durability: 'process',
    });
  }
}

function placeOf(index: number): { path: string; line: number; endLine: number } {
  return { path, line: 10 * index + 1, endLine: 10 * index + 4 };
}
