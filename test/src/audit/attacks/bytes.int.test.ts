import { bytes } from './bytes.ts';
import { attackAll } from './runner.ts';

attackAll(bytes);
