import type { AddCommand } from '../program.ts';
export const addAudit: AddCommand = () => undefined;
