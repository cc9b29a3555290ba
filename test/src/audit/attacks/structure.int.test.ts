import { attackAll } from './runner.ts';
import { structure } from './structure.ts';

attackAll(structure);
