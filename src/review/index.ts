/** The collaborative review: opened, performed turn by turn, remembered, reported. */
export type { ReviewDeps } from './deps.ts';
export { endLeftTurns } from './endLeftTurns.ts';
export { forkThread } from './fork.ts';
export type { Forked } from './fork.ts';
export { capTask, checkRequest, openReview, taskOf } from './open.ts';
export { performWork } from './perform.ts';
export { raiseCap } from './raise.ts';
export { redactorAlong } from './redactorAlong.ts';
export { rememberReview } from './remember.ts';
export type { ReviewReport } from './reviewReport.ts';
export { render } from './render/index.ts';
export type { Format } from './render/index.ts';
export { endSilence } from './silence.ts';
export { readTexts, type Texts } from './texts.ts';
