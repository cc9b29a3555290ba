import { findPlaceholders, isSecretKind } from '../../shared/redact/index.ts';
import type { Source } from '../code/source.ts';

/** Kinds of secrets that are known by their format, wherever they stand, and what they are. */
const things: Readonly<Record<string, string>> = {
  'private-key': 'A private key',
  'aws-access-key': 'An AWS access key id',
  'aws-secret-key': 'An AWS secret key',
  'google-key': 'A Google API key',
  'azure-key': 'An Azure key',
  'github-token': 'A GitHub token',
  'gitlab-token': 'A GitLab token',
  'slack-token': 'A Slack token',
  'stripe-key': 'A Stripe key',
  'openai-key': 'A model provider key',
  'anthropic-key': 'A model provider key',
  'npm-token': 'An npm token',
  'pypi-token': 'A PyPI token',
  'sendgrid-key': 'A SendGrid key',
  'twilio-key': 'A Twilio key',
  'telegram-token': 'A Telegram token',
  'service-token': 'A token of a service',
};
/** Lines that may stand between the first line of a private key and what was taken out of it. */
const keyHeaderLinesMax = 4;

/** A line with a secret that was taken out before anybody read the change. */
type Redacted = {
  readonly at: number;
  readonly what: string;
  /** True when the text itself said what it was, and not the name or place it stood at. */
  readonly byFormat: boolean;
};

/** True for text of which a part was a secret, and not merely about a person. */
export function standsForSecret(text: string): boolean {
  return findPlaceholders(text).some(({ kind }) => isSecretKind(kind));
}

/** The secrets that were taken out of added lines, a private key once and not for each of its lines. */
export function redactedSecrets({ lines }: Source): Redacted[] {
  return lines.flatMap(({ added, text }, at) => {
    if (!added) return [];
    return findPlaceholders(text).flatMap(({ kind }): Redacted[] => {
      if (!isSecretKind(kind)) return [];
      if (
        kind === 'private-key' &&
        lines.slice(Math.max(0, at - keyHeaderLinesMax), at).some(isOfKey)
      )
        return [];
      const what = things[kind];
      return [{ at, what: what ?? 'A credential', byFormat: what !== undefined }];
    });
  });
}

function isOfKey({ text }: { readonly text: string }): boolean {
  if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY/.test(text)) return true;
  return findPlaceholders(text).some(({ kind }) => kind === 'private-key');
}
