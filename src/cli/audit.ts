import type { Config } from '../config/index.ts';
import type { Io } from './io.ts';
export async function audit(_io: Io, _config: Config): Promise<{ intact: boolean }> {
  return { intact: true };
}
export function renderAudit(_v: { intact: boolean }): string {
  return '';
}
