import type { ActorType } from '../actor.ts';
import type { BudgetCommand } from './commands.ts';
import { decideBudget } from './decide.ts';
import { budgetMachine } from './machine.ts';

export type { BudgetCommand } from './commands.ts';
export { leftIn, refusalOf, scopeState } from './ledger.ts';
export type { Ledger } from './ledger.ts';

/** The ledger of a project: holds before spending, settles afterwards, never lets a cap be passed. */
export const budget: ActorType<'budget', typeof budgetMachine, BudgetCommand> = {
  kind: 'budget',
  version: 2,
  machine: budgetMachine,
  decide: decideBudget,
  due: () => [],
};
