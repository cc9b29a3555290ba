import { attackAll } from './runner.ts';
import { signatures } from './signatures.ts';

attackAll(signatures);
