import { attackAll } from './runner.ts';
import { story } from './story.ts';

attackAll(story);
