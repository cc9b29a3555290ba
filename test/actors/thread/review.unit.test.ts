import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startMs } from '../../support/specify.ts';
import {
  after,
  ann,
  awaits,
  begun,
  bob,
  cid,
  close,
  deadlineAt,
  discussing,
  drop,
  enterReview,
  escalated,
  finding,
  given,
  handle,
  items,
  logOf,
  open,
  openReview,
  passDeadline,
  place,
  policy,
  proceed,
  reviewed,
  statement,
  typesOf,
  voting,
} from './script.ts';

describe('a thread', () => {
  it('opens once', () => {
    given().when(open).gives({ type: 'thread.opened', project: 'chorus', task: 'pr-42' });
    after(open).when(open).isRefused('COMMAND_NOT_ALLOWED');
  });

  it('holds one review', () => {
    given().when(openReview()).isRefused('COMMAND_NOT_ALLOWED');
    after(...begun)
      .when(openReview())
      .isRefused('COMMAND_NOT_ALLOWED');
  });

  it('counts nobody twice: a participant is one agent with one log', () => {
    const review = openReview([ann, bob]);
    const sameLog = review.participants.map((participant) => ({ ...participant, log: logOf(ann) }));
    after(open)
      .when(openReview([ann, ann]))
      .isRefused('COMMAND_NOT_ALLOWED');
    after(open)
      .when({ ...review, participants: sameLog })
      .isRefused('COMMAND_NOT_ALLOWED');
  });

  it('waits for nobody outside a review', () => {
    for (const lines of [[], [open], [open, close]]) assert.deepEqual(awaits(...lines), []);
  });

  it('cannot be closed while a group is at work', () => {
    for (const lines of [begun, voting, discussing, escalated])
      after(...lines)
        .when(close)
        .isRefused('COMMAND_NOT_ALLOWED');
  });

  it('takes no command once it is closed', () => {
    for (const line of [open, openReview(), close])
      after(open, close).when(line).isRefused('COMMAND_NOT_ALLOWED');
  });
});

describe('a blind review', () => {
  it('asks every participant at once and keeps the deadline in view', () => {
    const asked = [`review/0/${ann}`, `review/0/${bob}`, 'deadline/review'];
    assert.deepEqual(awaits(...begun), asked);
  });

  it('enters findings with the review they belong to', () =>
    after(...begun)
      .when(enterReview(ann, finding(ann)))
      .gives(
        { type: 'thread.finding.entered', ...finding(ann) },
        { type: 'thread.review.entered', agent: ann, ref: statement(ann, 'reviewed'), findings: 1 },
      ));

  it('takes one review of each participant, and of nobody else', () => {
    const state = after(...begun, enterReview(ann));
    state.when(enterReview(ann)).isRefused('COMMAND_NOT_ALLOWED');
    state.when(enterReview(cid)).isRefused('COMMAND_NOT_ALLOWED');
  });

  it('refuses a review of which one finding is not shown by the change', () => {
    const outside = finding(ann, { place: { ...place, line: 10, endLine: 11 } });
    after(...begun)
      .when(enterReview(ann, finding(ann), outside))
      .isRefused('COMMAND_NOT_ALLOWED');
  });

  it('approves when nobody has found anything', () =>
    after(...begun, enterReview(ann), enterReview(bob))
      .when(proceed)
      .gives({ type: 'thread.verdict.reached', decision: 1, verdict: 'approved', blocking: [] }));

  it('leads to proposals and a vote on them once everybody has answered', () => {
    after(...begun, enterReview(ann, finding(ann)))
      .when(proceed)
      .gives();
    assert.deepEqual(awaits(...reviewed), ['proceed']);
    const { events } = handle(after(...reviewed).state, proceed);
    assert.deepEqual(typesOf(events), ['proposal.made', 'vote.opened']);
    const proposals = items.map(({ proposal, hash }) => ({ proposal, hash }));
    assert.deepEqual(events[1], { type: 'thread.vote.opened', round: 1, proposals });
  });

  it('goes on without a participant that failed, as long as enough are left', () => {
    const two = [open, openReview([ann, bob, cid]), enterReview(ann), enterReview(bob)];
    assert.deepEqual(awaits(...two), [`review/0/${cid}`, 'deadline/review']);
    assert.deepEqual(awaits(...two, drop(cid)), ['proceed']);
    after(...two, drop(cid))
      .when(enterReview(cid))
      .isRefused('COMMAND_NOT_ALLOWED');
  });

  for (const [failure, reason] of [
    ['MODEL_UNAVAILABLE', 'participants'],
    ['BUDGET_NEVER_FITS', 'budget'],
  ] as const) {
    it(`that ${failure} leaves with too few reviewers asks a person, naming ${reason}`, () =>
      after(...begun, enterReview(ann), drop(bob, failure))
        .when(proceed)
        .gives({
          type: 'thread.escalated',
          escalation: 1,
          reason,
          proposals: [],
          deadlineAt: new Date(startMs + policy.escalationMs).toISOString(),
          onSilence: 'changes_requested',
        }));
  }

  it('that runs out of time asks a person', () => {
    const early = { ...passDeadline('review'), nowMs: Date.parse(deadlineAt) - 1 };
    after(...begun)
      .when(early)
      .isRefused('COMMAND_NOT_ALLOWED');
    const late = after(...begun, enterReview(ann), passDeadline('review'));
    late.when(passDeadline('review')).isRefused('COMMAND_NOT_ALLOWED');
    assert.deepEqual(typesOf(handle(late.state, proceed).events), ['escalated']);
  });
});
