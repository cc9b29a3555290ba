import { z } from 'zod';
import {
  Corrupt,
  nodeAddress,
  parseAddress,
  Refusal,
  threadAddress,
} from '../../../events/index.ts';
import type { Vault } from '../../ports.ts';
import type { AuditOptions } from '../audit.ts';
import { scopeOf } from '../bundle/scope.ts';
import type { Evidence } from '../evidence.ts';
import type { AuditReport, Finding } from '../report.ts';
import { surveyNode, type Survey } from '../survey.ts';
import { verify } from '../verify.ts';
import { EvidenceArchive } from './archive.ts';
import { explanation, type Explanation, type Item, type Problem } from './explanation.ts';
import { itemsOf, weightOf } from './items.ts';
import { sealsOf } from './sealing.ts';
import { Statements } from './statements.ts';
import { isOf, taleOf, type Tale } from './tale.ts';
import { turnsOf } from './turns.ts';

const json = z.json();

/** Evidence, and what opens the texts in it where there are keys. */
export type ReadableEvidence = Evidence & { readonly vault?: Pick<Vault, 'open'> };

/**
 * Everything that stands behind a decision (`bzzz://*:*@PROJECT:TASK/decisions/N`), after an audit of the
 * evidence: a finding in any log that the decision rests on means that it does not hold. Throws Refusal
 * ADDRESS_INVALID, NOT_FOUND for a thread or a decision that is not there, and Corrupt LOG_CORRUPT when that
 * is so because the log of the thread is damaged.
 */
export async function explainDecision(
  open: () => Promise<ReadableEvidence>,
  address: string,
  options: AuditOptions = {},
): Promise<Explanation> {
  const { thread, project, number } = decisionAt(address);
  const report = await verify(open, options);
  const evidence = await open();
  try {
    const survey = await surveyNode(evidence);
    const findings = await findingsFor(evidence, survey, report, thread);
    const archive = new EvidenceArchive(evidence, survey);
    const tale = await taleOf(archive, thread, number).catch((error: unknown) => {
      throw damageOf(archive.keyOf(thread), findings) ?? error;
    });
    const vault = evidence.vault ?? null;
    const statements = new Statements({ archive, findings, vault });
    const items = await itemsOf(tale, statements);
    const turns = await turnsOf(archive, items, project);
    const problems = findings.length > 0 ? findings.map(problemOf) : doubts(tale, items);
    const node = nodeAddress(evidence.node.name);
    const calls = turns.flatMap((turn) => turn.calls);
    return explanation.parse({
      format: 'bzzz.explanation/1',
      address: `${thread}/decisions/${number}`,
      holds: problems.length === 0,
      problems,
      decision: await decisionOf(archive, tale, statements),
      thread: {
        address: thread,
        log: tale.log,
        openedAt: tale.openedAt,
        change: tale.change,
      },
      policy: tale.policy,
      participants: participantsOf(tale),
      items,
      turns,
      cost: {
        calls: calls.length,
        chargedMicroUsd: calls.reduce((sum, { cost }) => sum + (cost?.chargedMicroUsd ?? 0), 0),
      },
      ...(await sealsOf(archive, { node, log: evidence.node.log }, report)),
    });
  } finally {
    await evidence.close();
  }
}

function decisionAt(address: string): { thread: string; project: string; number: number } {
  const { agent, role, project, task, path } = parseAddress(address);
  const [family, number = '', ...rest] = path;
  const isOne = family === 'decisions' && /^[1-9]\d{0,8}$/.test(number) && rest.length === 0;
  if (isOne && agent === '*' && role === '*' && project !== '*' && task !== '*') {
    return { thread: threadAddress(project, task), project, number: Number(number) };
  }
  throw new Refusal(
    'ADDRESS_INVALID',
    `${address} names no decision; write bzzz://*:*@project:task/decisions/1`,
  );
}

/** What was found in the logs that a thread can be judged by, and what concerns no log. */
async function findingsFor(
  evidence: Evidence,
  survey: Survey,
  { findings }: AuditReport,
  thread: string,
): Promise<Finding[]> {
  const scope = await scopeOf(evidence, survey, thread);
  return findings.filter(({ log }) => log === '' || !scope || scope.logs.has(log));
}

function problemOf({ check, actor, log, seq, field, message, ...rest }: Finding): Problem {
  const [expected, found] = [json.parse(rest.expected), json.parse(rest.found)];
  return { check, actor, log, seq, field, expected, found, message };
}

/** Why a decision is not there, when the log that should hold it is not whole. */
function damageOf(log: string | null, findings: readonly Finding[]): Corrupt | null {
  const found = findings.find((finding) => finding.log === log);
  if (!found) return null;
  const message = `the decision is not in what is left of its thread: ${found.message}; run bzzz audit verify`;
  return new Corrupt('LOG_CORRUPT', message, { data: { actor: found.actor, check: found.check } });
}

/** What the explanation itself could not confirm; the audit says more, so these are for when it is silent. */
function doubts({ address, log }: Tale, items: readonly Item[]): Problem[] {
  return items.flatMap(({ proposal, tally, votes, objections, sources, decidedSeq }) => {
    const counted: Problem[] = tally.same
      ? []
      : [
          {
            check: 'consensus',
            actor: address,
            log,
            seq: decidedSeq,
            field: 'tally',
            expected: tally.counted,
            found: tally.recorded,
            message: `the outcome of ${proposal} is not what was voted`,
          },
        ];
    const unproved = [...votes, ...objections, ...sources].flatMap(({ agent, statement }) =>
      statement.verified
        ? []
        : {
            check: 'entry',
            actor: agent,
            log: statement.log,
            seq: statement.seq,
            field: null,
            expected: 'a statement of the agent',
            found: null,
            message: statement.why ?? 'the statement is not verified',
          },
    );
    return [...counted, ...unproved];
  });
}

function participantsOf(tale: Tale): Explanation['participants'] {
  const failed = new Map(
    tale.events
      .filter(isOf('thread.participant.failed'))
      .map(({ event }) => [event.agent, event.reason]),
  );
  return tale.participants.map(({ agent, role, log }) => ({
    agent,
    role,
    weight: weightOf(tale, role),
    veto: tale.policy.vetoRoles.includes(role),
    log,
    failed: failed.get(agent) ?? null,
  }));
}

async function decisionOf(
  archive: EvidenceArchive,
  tale: Tale,
  statements: Statements,
): Promise<Explanation['decision']> {
  const { event, seq, at } = tale.decided;
  const kept = await archive.at(tale.log, seq);
  const common = { number: event.decision, seq, at, hash: kept?.hash ?? '' };
  if (event.type === 'thread.consensus.reached') {
    const byAgents = { decidedBy: 'agents', by: null, note: null } as const;
    const { outcome } = event;
    return { ...common, kind: 'consensus', outcome, ...byAgents, blocking: [], escalation: null };
  }
  return {
    ...common,
    kind: 'verdict',
    outcome: event.verdict,
    blocking: event.blocking,
    ...(await deciderOf(tale, statements)),
  };
}

type Decider = Pick<Explanation['decision'], 'decidedBy' | 'by' | 'note' | 'escalation'>;

/** Who decided a verdict: whoever answered the last escalation, or the agents by their votes. */
async function deciderOf({ events }: Tale, statements: Statements): Promise<Decider> {
  const resolved = events.findLast(isOf('thread.escalation.resolved'));
  const answer = resolved ?? events.findLast(isOf('thread.escalation.defaulted'));
  if (!answer) return { decidedBy: 'agents', by: null, note: null, escalation: null };
  const asked = events
    .filter(isOf('thread.escalated'))
    .find(({ event }) => event.escalation === answer.event.escalation);
  const escalation = asked
    ? {
        escalation: asked.event.escalation,
        reason: asked.event.reason,
        proposals: asked.event.proposals,
        at: asked.at,
        deadlineAt: asked.event.deadlineAt,
        onSilence: asked.event.onSilence,
        answeredAt: answer.at,
      }
    : null;
  if (!resolved) return { decidedBy: 'silence', by: null, note: null, escalation };
  const note = await statements.text(resolved.body);
  return { decidedBy: 'person', by: resolved.event.by, note, escalation };
}
