import { auditHonest } from './honest.ts';

auditHonest(0);
