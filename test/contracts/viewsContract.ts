import { describe } from 'node:test';
import { costs } from './viewsCosts.ts';
import type { ViewsEngine } from './viewsEngine.ts';
import { forks } from './viewsForks.ts';
import { erasing } from './viewsErasing.ts';
import { keeping } from './viewsKeeping.ts';
import { questions } from './viewsQuestions.ts';
import { tampering } from './viewsTampering.ts';
import { versions } from './viewsVersions.ts';

/** What views promise, in whatever database they are. */
export function viewsContract(engine: ViewsEngine): void {
  describe(`views on ${engine.name}`, () => {
    describe('asked', () => questions(engine));
    describe('asked for forks', () => forks(engine));
    describe('asked for money', () => costs(engine));
    describe('kept up', () => keeping(engine));
    describe('of a new version', () => versions(engine));
    describe('told to forget', () => erasing(engine));
    describe('tampered with', () => tampering(engine));
  });
}
