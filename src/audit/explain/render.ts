import type { Json, Place } from '../../../events/index.ts';
import { count, dollars, linesOf, number, visible, wrap } from '../../shared/text/index.ts';
import type { Explanation, Item, Problem, Statement, Turn } from './explanation.ts';

/** Fits a terminal, an e-mail and a page of a report. */
const columns = 100;
const labelColumns = 14;
const gone = '(erased, or its key is not here)';

/**
 * An explanation as an auditor pastes it into a report: whether it holds, then the decision, the votes, the
 * calls behind them, the logs and their seals. The same every time, without colours.
 */
export function renderExplanation(told: Explanation): string {
  const lines = [
    ...verdictLines(told),
    ...section('Decision', decisionLines(told)),
    ...section('Rules', ruleLines(told)),
    ...told.items.flatMap((item) => section(titleOf(item), itemLines(item))),
    ...section('Model calls', callLines(told)),
    ...section('Logs', logLines(told)),
  ];
  return `${lines.join('\n')}\n`;
}

function verdictLines({ address, holds, problems }: Explanation): string[] {
  if (holds) {
    const proved =
      'Every log behind it is proved, every vote is in the log of the agent that cast it, the tally is right, and the money adds up.';
    return [`HOLDS  ${address}`, ...wrap(proved, columns)];
  }
  return [
    `DOES NOT HOLD  ${address}`,
    `${count(problems.length, 'problem')}:`,
    ...problems.flatMap(problemLines),
  ].flatMap((line) => wrap(visible(line), columns));
}

function problemLines(problem: Problem, index: number): string[] {
  const { check, actor, log, seq, field, expected, found, message } = problem;
  const at = [actor || 'no actor', log && `log ${log.slice(0, 16)}`];
  if (seq !== null) at.push(`event ${seq}`);
  if (field !== null) at.push(field);
  return [
    ...wrap(visible(`${index + 1}. ${check}: ${message}`), columns),
    ...entry('  at', at.filter(Boolean).join(', ')),
    ...entry('  expected', show(expected)),
    ...entry('  found', show(found)),
  ];
}

function decisionLines({ decision, thread }: Explanation): string[] {
  const { decidedBy, by, escalation, note, blocking, outcome } = decision;
  const who = {
    agents: 'the agents, by vote',
    person: by ?? 'a person',
    silence: 'nobody: silence',
  };
  return [
    ...entry('outcome', `${outcome.replace('_', ' ')}, decided by ${who[decidedBy]}`),
    ...entry('when', `${decision.at}, event ${decision.seq} of the thread`),
    ...entry('block', decision.hash),
    ...entry('thread', `${thread.address}, opened ${thread.openedAt}`),
    ...entry('change', thread.change ?? 'none'),
    ...(decision.kind === 'verdict' ? entry('blocking', blocking.join(', ') || 'nothing') : []),
    ...(escalation
      ? [
          ...entry(
            'asked',
            `escalation ${escalation.escalation} at ${escalation.at}: ${escalation.reason}` +
              `${escalation.proposals.length > 0 ? ` on ${escalation.proposals.join(', ')}` : ''}; ` +
              `until ${escalation.deadlineAt}, on silence ${escalation.onSilence.replace('_', ' ')}`,
          ),
          ...entry('answered', escalation.answeredAt),
        ]
      : []),
    ...(decidedBy === 'person' ? paragraph('note', note) : []),
  ];
}

function ruleLines({ policy, participants }: Explanation): string[] {
  const share =
    policy.rule === 'supermajority' || policy.rule === 'weighted'
      ? ` of ${policy.thresholdPct} %`
      : '';
  return [
    ...entry('rule', `${policy.rule}${share}, quorum ${policy.quorumPct} %`),
    ...entry('at least', count(policy.minParticipants, 'position')),
    ...entry('blocking', `accepted, and ${policy.blockingSeverity} or more severe`),
    ...participants.flatMap(({ agent, role, weight, veto, log, failed }) =>
      entry(
        'participant',
        `${agent}, ${role}, weight ${weight}${veto ? ', veto' : ''}` +
          `${failed === null ? '' : `, dropped out: ${failed}`}, log ${log.slice(0, 16)}`,
      ),
    ),
  ];
}

function titleOf({ proposal, outcome, decision }: Item): string {
  return `Proposal ${proposal}: ${outcome}${decision === null ? '' : ` by decision ${decision}`}`;
}

function itemLines(item: Item): string[] {
  const { tally, quorum, votes, objections, sources } = item;
  const { approve, reject, abstain, approveWeight, rejectWeight } = tally.counted;
  const dissent = votes.filter(({ dissents }) => dissents).map(({ agent }) => agent);
  return [
    ...entry('about', `${item.kind}, ${item.severity}, ${placeOf(item.place)}`),
    ...entry('hash', item.hash),
    ...entry('proposed', `${item.at}, event ${item.seq} of the thread`),
    ...(item.decidedAt === null
      ? []
      : entry('decided', `${item.decidedAt}, event ${item.decidedSeq ?? 0} of the thread`)),
    ...entry(
      'counted again',
      `${approve} for (weight ${approveWeight}), ${reject} against (weight ${rejectWeight}), ` +
        `${abstain} abstained: ${tally.outcome}${tally.same ? '' : ', NOT AS RECORDED'}`,
    ),
    ...entry(
      'quorum',
      `${quorum.voted} of ${quorum.participants} voted in round ${item.round}, ` +
        `${quorum.neededPct} % needed: ${quorum.reached ? 'reached' : 'not reached'}`,
    ),
    ...entry('dissent', dissent.join(', ') || 'none'),
    ...entry('blocks', item.blocks ? 'yes' : 'no'),
    ...sources.flatMap(({ agent, title, detail, suggestion, statement, confidencePct }) => [
      ...entry('source', `${agent}, ${confidencePct} % sure`),
      ...statementLines(statement),
      ...paragraph('  title', title),
      ...paragraph('  detail', detail),
      ...paragraph('  suggestion', suggestion),
    ]),
    ...votes.flatMap((vote) => [
      ...entry(
        'vote',
        `${vote.agent} would ${vote.choice}, ${vote.confidencePct} % sure, at ${vote.at}` +
          (vote.counted || item.decision === null ? '' : ', NOT COUNTED'),
      ),
      ...statementLines(vote.statement),
      ...entry('  evidence', vote.evidence.map(placeOf).join(', ') || 'none'),
      ...paragraph('  rationale', vote.rationale),
    ]),
    ...objections.flatMap(({ agent, at, text, statement }) => [
      ...entry('objection', `${agent} at ${at}`),
      ...statementLines(statement),
      ...paragraph('  text', text),
    ]),
  ];
}

function statementLines({ seq, hash, log, verified, why, turn }: Statement): string[] {
  return [
    ...entry('  said in', `event ${seq} of log ${log.slice(0, 16)}, turn ${turn ?? 'unknown'}`),
    ...entry('  hash', hash),
    ...entry('  signature', verified ? 'verified' : `NOT VERIFIED: ${why ?? 'unknown'}`),
  ];
}

function callLines({ turns, cost }: Explanation): string[] {
  return [
    ...turns.flatMap((turn) => [
      ...entry('turn', `${turn.turn} of ${turn.agent}`),
      ...turn.calls.flatMap(callOf),
    ]),
    ...entry('together', `${count(cost.calls, 'call')}, ${dollars(cost.chargedMicroUsd)}`),
  ];
}

function callOf(call: Turn['calls'][number]): string[] {
  const { usage, cost } = call;
  const took = call.latencyMs === null ? '' : `, ${number(call.latencyMs)} ms`;
  const ended = `${call.outcome}${call.reason === null ? '' : `: ${call.reason}`}${took}`;
  return [
    ...entry('  call', `${call.call}, attempt ${call.attempt}, at ${call.at}`),
    ...entry(
      '  model',
      `${call.model} of ${call.provider}, chosen by ${call.choice}` +
        (call.answeredBy === null ? '' : `, answered as ${call.answeredBy}`),
    ),
    ...entry('  ended', `${ended}${call.rejected === null ? '' : `; rejected: ${call.rejected}`}`),
    ...entry('  request', call.requestHash),
    ...entry('  answer', call.answer?.hash ?? 'none'),
    ...entry(
      '  tokens',
      usage
        ? `${number(usage.inputTokens)} in (${number(usage.cachedInputTokens)} cached), ` +
            `${number(usage.outputTokens)} out (${number(usage.reasoningTokens)} reasoning)`
        : 'not reported',
    ),
    ...entry(
      '  cost',
      cost
        ? `${dollars(cost.chargedMicroUsd)}, ${cost.end}, of ${dollars(cost.heldMicroUsd)} held` +
            (cost.seq === null ? '' : `; event ${cost.seq} of ${cost.ledger}`)
        : 'no money was held',
    ),
  ];
}

function logLines({ logs, witnessed }: Explanation): string[] {
  return [
    ...logs.flatMap(({ actor, key, length, root, holds, last, sealed, kind }) => [
      ...entry('log', `${actor}, ${count(length, 'event')}, needed up to event ${last}`),
      ...entry('  key', key),
      ...entry('  root', `${root ?? 'cannot be read'}${holds ? '' : ', DOES NOT HOLD'}`),
      ...(kind === 'node'
        ? []
        : entry(
            '  sealed',
            sealed
              ? `${sealed.at}, event ${sealed.seq} of the node, over ${count(sealed.length, 'event')}`
              : 'not yet',
          )),
      ...(sealed ? entry('  sealed root', sealed.root) : []),
    ]),
    ...entry(
      'witnessed',
      witnessed.map(({ seq, at }) => `${at} (event ${seq} of the node)`).join(', ') || 'by nobody',
    ),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return ['', title, '-'.repeat(title.length), ...lines];
}

function entry(label: string, value: string): string[] {
  const head = `${label.padEnd(labelColumns)}  `;
  const lines = wrap(visible(value), columns - head.length);
  return lines.map((line, index) =>
    `${index === 0 ? head : ' '.repeat(head.length)}${line}`.trimEnd(),
  );
}

/** Free text keeps its lines. */
function paragraph(label: string, value: string | null): string[] {
  if (value === null) return entry(label, gone);
  const lines = linesOf(value);
  return lines.flatMap((line, index) => entry(index === 0 ? label : '', line));
}

function placeOf({ path, line, endLine }: Place): string {
  return `${path}:${line}${endLine === line ? '' : `-${endLine}`}`;
}

function show(value: Json): string {
  if (value === null) return 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
