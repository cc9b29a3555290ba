import { z } from 'zod';

export const tiers = ['economy', 'standard', 'premium'] as const;
export type Tier = (typeof tiers)[number];

/** A role is data: one small JSON file. Users add their own through `roles` in the configuration. */
export const roleSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  title: z.string().min(1),
  /** What the agent is told it is for; the rules common to all roles are added by the prompt. */
  prompt: z.string().min(1),
  capabilities: z.array(z.string().min(1)).min(1),
  tier: z.enum(tiers),
  /** How many of its own notes from earlier reviews the agent is reminded of. */
  memory: z.strictObject({ notes: z.int().min(0).max(100) }),
});
export type Role = z.infer<typeof roleSchema>;
