import type { Evidence, RunFinding } from '#contract/api/run-doctor.ts';
import { formatNumber } from '../../parts/format-number.ts';

const NAMES: Readonly<Record<string, string>> = {
  'method.apa_lambda': 'λ',
  'method.awr_lambda': 'λ',
  'method.kl_coef': 'kl_coef',
  'optimizer.learning_rate': 'the learning rate',
};

/** The change that a finding's remedy asks for, where the run can take it while it goes on. */
export function liveChange(finding: RunFinding | null): { readonly path: string; readonly value: number } | null {
  const { path, value, isLive } = finding?.remedy ?? {};
  return isLive && typeof path === 'string' && typeof value === 'number' ? { path, value } : null;
}

/** `Change λ to 2`. */
export function changeWords({ path, value }: { readonly path: string; readonly value: number }): string {
  return `Change ${NAMES[path] ?? path} to ${formatNumber(value)}`;
}

/** What a number is held against: `below 0.045, of 0.45 at the start`. */
export function thresholdWords({ relation, threshold, start }: Evidence): string {
  const limit = `${relation} ${formatNumber(threshold)}`;
  return start === null || Number.isNaN(start) ? limit : `${limit}; ${formatNumber(start)} at the start`;
}
