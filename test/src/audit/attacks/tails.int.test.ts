import { attackAll } from './runner.ts';
import { tails } from './tails.ts';

attackAll(tails);
