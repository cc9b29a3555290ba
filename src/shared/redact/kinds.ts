/** Secrets, the surest first: where two kinds claim the same text, the earlier names it. */
const secretKinds = [
  'private-key',
  'aws-access-key',
  'aws-secret-key',
  'google-key',
  'azure-key',
  'github-token',
  'gitlab-token',
  'slack-token',
  'stripe-key',
  'openai-key',
  'anthropic-key',
  'npm-token',
  'pypi-token',
  'sendgrid-key',
  'twilio-key',
  'telegram-token',
  'service-token',
  'jwt',
  'url-password',
  'authorization',
  'password',
  'secret',
] as const;
const personalKinds = ['iban', 'card', 'email', 'phone', 'ip-address'] as const;

const kinds = [...secretKinds, ...personalKinds] as const;

export type SensitiveKind = (typeof kinds)[number];

/** What is looked for besides secrets, which always are. */
export type RedactOptions = {
  /** Mail addresses, phone numbers, IBANs, numbers of payment cards. */
  readonly personalData: boolean;
  readonly ipAddresses: boolean;
};

/** A sensitive part of a text, within one line. Offsets in UTF-16 units, `to` exclusive. */
export type Span = { readonly from: number; readonly to: number; readonly kind: SensitiveKind };

/** Takes a part of a text that a detector has found. */
export type Report = (from: number, to: number, kind: SensitiveKind) => void;

/** True for the kinds that open something, as opposed to those that are about a person. */
export function isSecretKind(kind: string): boolean {
  return secretKinds.some((each) => each === kind);
}

/** The lower, the surer. */
export function rankOf(kind: SensitiveKind): number {
  return kinds.indexOf(kind);
}
