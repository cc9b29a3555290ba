import { auditHonest } from './honest.ts';

auditHonest(1);
