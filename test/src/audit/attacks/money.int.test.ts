import { money } from './money.ts';
import { attackAll } from './runner.ts';

attackAll(money);
