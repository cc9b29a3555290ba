import type { Report } from './kinds.ts';
import { findCards, findIbans } from './accounts.ts';
import { findMails } from './mails.ts';
import { findPhones } from './phones.ts';

/** Mail addresses, phone numbers, IBANs and numbers of payment cards. */
export function findPersonalData(text: string, report: Report): void {
  findIbans(text, report);
  findCards(text, report);
  findMails(text, report);
  findPhones(text, report);
}
