import type { SensitiveKind } from './kinds.ts';

/** A token that is known by its beginning, as its issuer documents it. */
export type Format = {
  readonly kind: SensitiveKind;
  /** What it begins with, literally. */
  readonly starts: readonly string[];
  /** What follows. Bounded, so that hostile texts cost no more than others. */
  readonly body: RegExp;
};

const format = (kind: SensitiveKind, starts: string, body: string): Format => ({
  kind,
  starts: starts.split(' '),
  body: new RegExp(body, 'y'),
});
const end = '(?![A-Za-z0-9])';

export const formats: readonly Format[] = [
  format('aws-access-key', 'AKIA ASIA ABIA ACCA', `[A-Z0-9]{16}${end}`),
  format('google-key', 'AIza', String.raw`[\w-]{35}(?![\w-])`),
  format('google-key', 'GOCSPX-', String.raw`[\w-]{20,40}`),
  format('google-key', 'ya29.', String.raw`[\w.-]{20,400}`),
  format('github-token', 'ghp_ gho_ ghu_ ghs_ ghr_', `[A-Za-z0-9]{36,255}${end}`),
  format('github-token', 'github_pat_', String.raw`\w{36,255}`),
  format(
    'gitlab-token',
    'glpat- gldt- glrt- glcbt- glptt- gloas- glsoat- glft-',
    String.raw`[\w.-]{20,255}`,
  ),
  format('slack-token', 'xoxa- xoxb- xoxe- xoxo- xoxp- xoxr- xoxs- xapp-', `[A-Za-z0-9-]{10,255}`),
  format(
    'slack-token',
    'hooks.slack.com/services/ hooks.slack.com/workflows/',
    String.raw`T\w{6,14}\/[AB]?\w{6,20}(?:\/\w{16,40}){1,2}`,
  ),
  format('stripe-key', 'sk_live_ rk_live_ sk_test_ rk_test_ sk_org_live_', `[A-Za-z0-9]{16,250}`),
  format('stripe-key', 'whsec_', `[A-Za-z0-9+/]{24,100}={0,2}`),
  format('anthropic-key', 'sk-ant-', String.raw`[\w-]{24,255}`),
  format('openai-key', 'sk-proj- sk-svcacct- sk-admin- sk-None-', String.raw`[\w-]{20,255}`),
  format('service-token', 'sk-or-v1- sk-or-', `[a-f0-9]{32,80}`),
  format('openai-key', 'sk-', `[A-Za-z0-9]{20,200}(?![\\w-])`),
  format('npm-token', 'npm_', `[A-Za-z0-9]{36}${end}`),
  format('pypi-token', 'pypi-', String.raw`[\w-]{50,255}`),
  format('sendgrid-key', 'SG.', String.raw`[\w-]{16,64}\.[\w-]{16,64}`),
  format('twilio-key', 'SK AC', `[0-9a-f]{32}${end}`),
  format('service-token', 'dop_v1_ doo_v1_ dor_v1_', `[a-f0-9]{64}`),
  format('service-token', 'hf_ api_org_', `[A-Za-z0-9]{30,60}${end}`),
  format('service-token', 'shpat_ shpca_ shppa_ shpss_ dapi', `[a-fA-F0-9]{32}`),
  format(
    'service-token',
    'hvs. hvb. hvr. dp.pt. dp.st. tskey-auth- tskey-api-',
    String.raw`[\w.-]{20,255}`,
  ),
  format(
    'service-token',
    'lin_api_ gsk_ xai- ntn_ figd_ sbp_ secret_ r8_ tvly- pplx-',
    String.raw`[A-Za-z0-9_-]{30,120}${end}`,
  ),
  format('service-token', 'ATATT3 ATCTT3', String.raw`[\w=-]{40,300}`),
  format('service-token', 'dckr_pat_ dckr_oat_', String.raw`[\w-]{27,40}`),
  format(
    'service-token',
    'glsa_ glc_ sntrys_ sntryu_ pul- pscale_tkn_ pscale_pw_',
    String.raw`[\w+/=-]{30,400}`,
  ),
  format('service-token', 'NRAK- NRJS-', `[A-Za-z0-9]{19,40}`),
  format('service-token', 'PMAK-', `[a-f0-9]{24}-[a-f0-9]{34}`),
  format('service-token', 'rubygems_', `[a-f0-9]{48}`),
  format('service-token', 'AGE-SECRET-KEY-1', `[A-Z0-9]{58}`),
  format('service-token', 'key-', `[0-9a-f]{32}${end}`),
  format('service-token', 'sq0csp- sq0atp- EAAA', String.raw`[\w-]{22,64}${end}`),
  format(
    'service-token',
    'discord.com/api/webhooks/ discordapp.com/api/webhooks/',
    String.raw`\d{15,22}\/[\w-]{40,90}`,
  ),
];
