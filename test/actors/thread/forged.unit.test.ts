import { describe } from 'node:test';
import { forgeriesOf } from '../forgeries.ts';
import {
  ann,
  approved,
  begun,
  bob,
  castBallot,
  cid,
  close,
  deadlineAt,
  discussing,
  drop,
  enterRemarks,
  enterReview,
  escalated,
  finding,
  given,
  items,
  logOf,
  open,
  openReview,
  passDeadline,
  place,
  play,
  proceed,
  resolve,
  reviewed,
  statement,
  voting,
  votingAgain,
} from './script.ts';

const foreign = { ref: statement(cid, 'a word') };
const outside = { path: place.path, line: 9, endLine: 11 };
const other = logOf('something else');
const oneOfThreeIsMissing = [
  open,
  openReview([ann, bob, cid]),
  enterReview(ann, finding(ann)),
  enterReview(bob),
];
const tooFew = [...begun, enterReview(ann, finding(ann)), drop(bob)];
const oneVote = [...voting, castBallot(items, ann, ['approve'])];
// In a discussion an agent may repeat itself.
const forgeries = forgeriesOf({ play, given }, [
  'thread.message.posted',
  'thread.objection.raised',
]);
const reject = castBallot(items, bob, ['reject']);

describe('a thread accepts no', () => {
  forgeries('thread.opened', { story: [open] });
  forgeries('thread.review.opened', {
    story: begun,
    forged: {
      'with an agent that counts twice': { participants: openReview([ann, ann]).participants },
      'with two agents in one log': {
        participants: openReview().participants.map((each) => ({ ...each, log: other })),
      },
    },
    early: { 'no thread': [] },
  });
  forgeries('thread.finding.entered', {
    story: [...begun, enterReview(ann, finding(ann))],
    forged: {
      'of a stranger': { agent: cid, ...foreign },
      'in the name of another': { agent: bob },
      'from a foreign log': foreign,
      'outside the change': { place: outside },
      'in a file that did not change': { place: { ...place, path: 'README.md' } },
    },
    early: { 'a review that is complete': [...begun, enterReview(ann)], 'no review': [open] },
  });
  forgeries('thread.review.entered', {
    story: [...begun, enterReview(ann, finding(ann))],
    forged: {
      'that hides a finding': { findings: 0 },
      'that promises a finding': { findings: 2 },
      'in the name of another': { agent: bob, findings: 0 },
      'from a foreign log': foreign,
    },
  });
  forgeries('thread.participant.failed', {
    story: [...begun, drop(ann)],
    forged: { 'of a stranger': { agent: cid } },
    early: { 'no review': [open], 'a person was asked': escalated },
  });
  forgeries('thread.proposal.made', {
    story: voting,
    forged: {
      'out of turn': { proposal: 'p2' },
      'under another hash': { hash: other },
      'at another place': { place: { ...place, endLine: 4 } },
      'of another kind': { kind: 'style' },
      'that is played down': { severity: 'low' },
      'that nobody said': { sources: [statement(ann, 'nothing')] },
    },
    early: { 'a review is missing': oneOfThreeIsMissing, 'too few have reviewed': tooFew },
  });
  forgeries('thread.vote.opened', {
    story: voting,
    forged: {
      'in another round': { round: 2 },
      'on nothing': { proposals: [] },
      'on another hash': { proposals: [{ proposal: 'p1', hash: other }] },
    },
    early: { 'no proposal is made': reviewed },
  });
  forgeries('thread.vote.cast', {
    story: oneVote,
    forged: {
      'by a stranger': { agent: cid, ...foreign },
      'in the name of another': { agent: bob },
      'from a foreign log': foreign,
      'on another hash': { hash: other },
      'on an unknown item': { proposal: 'p2' },
      'in another round': { round: 2 },
      'without evidence': { evidence: [] },
      'with evidence outside the change': { evidence: [outside] },
    },
    early: {
      'no vote is open': reviewed,
      'a discussion is on': discussing,
      'the agent dropped out': [...voting, drop(ann)],
      'the agent has handed in an empty ballot': [...voting, castBallot(items, ann, [])],
      'the item is decided': [...approved, proceed],
    },
  });
  forgeries('thread.turn.ended', {
    story: oneVote,
    forged: {
      'of a stranger': { agent: cid },
      'of another kind': { turn: 'discuss' },
      'of another round': { round: 2 },
    },
  });
  forgeries('thread.consensus.reached', {
    story: [...approved, proceed],
    forged: {
      'with the other outcome': { outcome: 'rejected' },
      'with a false tally': {
        tally: { approve: 1, reject: 1, abstain: 0, approveWeight: 1, rejectWeight: 1 },
      },
      'that leaves a vote out': {
        votes: [{ agent: ann, choice: 'approve', statement: statement(ann, 'approve p1 1').hash }],
      },
      'on another hash': { hash: other },
      'in another round': { round: 2 },
      'out of count': { decision: 2 },
    },
    early: { 'a vote is missing': oneVote, 'the vote is split': [...oneVote, reject] },
  });
  forgeries('thread.discussion.opened', {
    story: discussing,
    forged: { 'that leaves an item out': { proposals: [] }, 'in another round': { round: 2 } },
    early: {
      'a vote is missing': oneVote,
      'a consensus is due': approved,
      'the discussion was held': votingAgain,
    },
  });
  forgeries('thread.message.posted', {
    story: [...discussing, enterRemarks(ann, { proposal: 'p1', objects: false })],
    forged: {
      'by a stranger': { agent: cid, ...foreign },
      'in the name of another': { agent: bob },
      'from a foreign log': foreign,
    },
    early: { 'no thread': [], 'the thread is closed': [...approved, proceed, close] },
  });
  forgeries('thread.objection.raised', {
    story: [...discussing, enterRemarks(ann, { proposal: 'p1', objects: true })],
    forged: {
      'in the name of another': { agent: bob },
      'from a foreign log': foreign,
      'on an unknown item': { proposal: 'p2' },
    },
    early: { 'a vote is on': voting, 'the turn is over': [...discussing, enterRemarks(ann)] },
  });
  forgeries('thread.deadline.passed', {
    story: [...begun, passDeadline('review')],
    forged: {
      'a moment early': { at: new Date(Date.parse(deadlineAt) - 1).toISOString() },
      'that nobody set': { deadline: 'escalation' },
    },
    early: { 'no review': [open], 'all is decided': [...approved, proceed] },
  });
  forgeries('thread.escalated', {
    story: escalated,
    forged: {
      'for another reason': { reason: 'budget' },
      'for a deadline that has not passed': { reason: 'deadline' },
      'that leaves an item out': { proposals: [] },
      'with another default': { onSilence: 'approved' },
      'out of count': { escalation: 2 },
    },
    early: {
      'nobody has voted': votingAgain,
      'a discussion is left': [...oneVote, reject],
      'a discussion is on': discussing,
      'a consensus is due': approved,
      'all is decided': [...approved, proceed],
    },
  });
  forgeries('thread.escalated', {
    story: [...voting, passDeadline('review'), proceed],
    early: { 'a consensus is due': [...approved, passDeadline('review')], 'time is left': voting },
  });
  forgeries('thread.escalation.resolved', {
    story: [...escalated, resolve('approved')],
    forged: { 'of another number': { escalation: 2 } },
    early: { 'nobody was asked': votingAgain },
  });
  forgeries('thread.escalation.defaulted', {
    story: [...escalated, passDeadline('escalation'), proceed],
    forged: {
      'against the policy': { verdict: 'approved' },
      'of another number': { escalation: 2 },
    },
    early: {
      'time is left': escalated,
      'a person has answered': [...escalated, passDeadline('escalation'), resolve('approved')],
    },
  });
  forgeries('thread.verdict.reached', {
    story: [...approved, proceed],
    forged: {
      'that does not follow': { verdict: 'approved' },
      'that hides what blocks': { blocking: [] },
      'out of count': { decision: 1 },
    },
    early: {
      'no thread': [],
      'no review': [open],
      'an item is open': approved,
      'a person was asked': escalated,
      'a thread without a review is closed': [open, close],
    },
  });
  forgeries('thread.verdict.reached', {
    story: [...begun, enterReview(ann), enterReview(bob), proceed],
    early: {
      'a review is missing': [
        open,
        openReview([ann, bob, cid]),
        enterReview(ann),
        enterReview(bob),
      ],
      'too few have reviewed': [...begun, enterReview(ann), drop(bob)],
      'there is a finding': reviewed,
    },
  });
  forgeries('thread.closed', {
    story: [...approved, proceed, close],
    early: { 'no thread': [], 'a review is on': begun, 'a person was asked': escalated },
  });
});
