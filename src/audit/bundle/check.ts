import { nodeAddress } from '../../../events/index.ts';
import type { Listed } from '../checks/register.ts';
import { isUnreadable, type Evidence } from '../evidence.ts';
import type { Findings, Subject } from '../findings.ts';
import type { Survey } from '../survey.ts';
import { checkpointDifference } from './checkpoint.ts';
import type { BundleFacts } from './facts.ts';
import type { ExcludedLog } from './format.ts';
import { scopeOf } from './scope.ts';

/** Holds a bundle against what it says of itself. Of a data directory it asks nothing. */
export class BundleCheck {
  readonly #evidence: Evidence;
  readonly #survey: Survey;
  readonly #findings: Findings;
  readonly #node: Subject;

  constructor(evidence: Evidence, survey: Survey, findings: Findings) {
    const { node } = evidence;
    this.#evidence = evidence;
    this.#survey = survey;
    this.#findings = findings;
    this.#node = { actor: nodeAddress(node.name), log: node.log };
  }

  /**
   * The listed logs that have to be there: all of them, but those that a bundle leaves out and that its
   * thread can be judged without. These are noted, with the scope.
   */
  async required(listed: readonly Listed[]): Promise<readonly Listed[]> {
    const { bundle } = this.#evidence;
    if (!bundle || bundle.scope === null) return listed;
    const scope = await scopeOf(this.#evidence, this.#survey, bundle.scope);
    if (!scope) {
      this.#findings.add(this.#node, {
        check: 'register',
        field: 'scope',
        expected: 'a thread of this node',
        found: bundle.scope,
        message: 'the bundle is about a thread that the node has not registered',
      });
      return listed;
    }
    const heads = new Map(bundle.excluded.map((log) => [log.key, log]));
    const absent = listed.filter(
      ({ subject, stored }) => !stored && !scope.logs.has(subject.log) && heads.has(subject.log),
    );
    const message =
      `the bundle is about ${bundle.scope} alone: ${absent.length} of ${listed.length} logs ` +
      'are left out, and nothing is verified of them but their heads';
    this.#findings.note(this.#node, { kind: 'notIncluded', seq: null, message });
    for (const { subject } of absent) this.#leaveOut(subject, heads.get(subject.log));
    return listed.filter((log) => !absent.includes(log));
  }

  #leaveOut(subject: Subject, head: ExcludedLog | undefined): void {
    if (!head) return;
    this.#findings.leaveOut(subject);
    const message = `${head.length} blocks are left out, root ${head.root ?? 'none'}`;
    this.#findings.note(subject, { kind: 'notIncluded', seq: null, message });
    againstSeals(subject, head, this.#survey, this.#findings);
  }

  /**
   * Positions of the texts that a bundle about one thread leaves out, by log. Their names and leaves are
   * there.
   */
  async withheld(): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
    const { bundle, stored } = this.#evidence;
    if (!bundle || bundle.scope === null) return new Map();
    const withheld = new Set<number>();
    for (const log of stored) {
      if (isUnreadable(log) || log.key !== this.#survey.blobs) continue;
      for (let seq = 1; seq < log.length; seq += 2) {
        const [block] = await log.blocks(seq, seq + 1);
        if (block && isUnreadable(block)) withheld.add(seq);
      }
    }
    return new Map([[this.#survey.blobs ?? '', withheld]]);
  }

  /** Once the logs are read, so that what is wrong with them comes first. */
  async conclude(listed: readonly Listed[]): Promise<void> {
    const { bundle } = this.#evidence;
    if (!bundle) return;
    const label = falseLabel(bundle, listed);
    if (label) {
      this.#findings.add(this.#node, {
        check: 'register',
        field: 'logs',
        expected: label.expected,
        found: label.found,
        message: `the bundle does not say of log ${label.key} whose it is`,
      });
    }
    const difference = await checkpointDifference(this.#evidence, bundle, this.#survey);
    if (difference) this.#findings.add(this.#node, difference);
    for (const { file, expected, found } of bundle.damaged) {
      const log = bundle.labels.find((described) => file.startsWith(`${described.file}.`));
      this.#findings.add(log ? { actor: log.actor, log: log.key } : this.#node, {
        check: 'storage',
        field: file,
        expected,
        found,
        message: `${file} does not have the SHA-256 that it was exported with`,
      });
    }
  }
}

/** What a bundle says of a log that it leaves out has to agree with what the node has sealed of it. */
function againstSeals(
  subject: Subject,
  head: ExcludedLog,
  { seals }: Survey,
  findings: Findings,
): void {
  for (const { length, root, seq } of seals.get(head.key) ?? []) {
    const shorter = length > head.length;
    if (!shorter && (length < head.length || length === 0 || root === head.root)) continue;
    findings.add(subject, {
      check: 'seal',
      field: shorter ? 'length' : 'root',
      expected: shorter ? length : root,
      found: shorter ? head.length : head.root,
      message: `the head of a log that is left out is not what the node sealed in its event ${seq}`,
    });
  }
}

function falseLabel(
  { labels, excluded }: BundleFacts,
  listed: readonly Listed[],
): { key: string; expected: string; found: string } | null {
  const owners = new Map(
    listed.map(({ subject }) => [subject.log, `${subject.kind} ${subject.actor}`]),
  );
  for (const { actor, kind, key } of [...labels, ...excluded]) {
    const expected = owners.get(key) ?? 'unknown ';
    const found = `${kind} ${actor}`;
    if (found !== expected) return { key, expected, found };
  }
  return null;
}
