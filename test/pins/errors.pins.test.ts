import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { corruptCodes, refusalCodes, unavailableCodes } from '../../events/errors.ts';

/** Codes are matched on by programs we do not know. A new one is a new line here; a changed one breaks them. */
describe('error codes', () => {
  it('of a refusal are the pinned ones', () => {
    assert.deepEqual(Object.keys(refusalCodes), [
      'ADDRESS_INVALID',
      'ARGUMENT_INVALID',
      'BLOB_TOO_LARGE',
      'BODY_UNREADABLE',
      'BUDGET_NEVER_FITS',
      'BUDGET_TRANSIENT',
      'BUNDLE_INVALID',
      'CHECKPOINT_INVALID',
      'COMMAND_NOT_ALLOWED',
      'DIFF_INVALID',
      'EVENT_INVALID',
      'EVENT_TOO_LARGE',
      'MODEL_ANSWER_INVALID',
      'MODEL_REJECTED',
      'MODEL_UNKNOWN',
      'NOT_FOUND',
      'PROMPT_TOO_LARGE',
      'REVISION_UNKNOWN',
      'ROLE_UNKNOWN',
      'TURN_TIMED_OUT',
      'VERSION_CONFLICT',
      'VOTE_EVIDENCE_MISSING',
      'VOTE_TWICE',
      'VOTE_UNBOUND',
    ]);
  });

  it('of something unavailable are the pinned ones', () => {
    assert.deepEqual(Object.keys(unavailableCodes), [
      'CLOCK_BACKWARDS',
      'DATA_DIR_LOCKED',
      'DATA_DIR_UNWRITABLE',
      'MODEL_UNAVAILABLE',
      'NOT_REPLICATED',
      'STOPPING',
      'STORAGE_FAILED',
      'VIEWS_UNAVAILABLE',
    ]);
  });

  it('of corruption are the pinned ones', () => {
    assert.deepEqual(Object.keys(corruptCodes), ['LOG_CORRUPT', 'LOG_GAP', 'LOG_UNLAWFUL']);
  });
});
