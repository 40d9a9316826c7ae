import type { Evidence, RunFinding } from '#contract/api/runs/run-doctor.ts';
import { liveLabels } from '#contract/page-facts.ts';
import { formatNumber } from '../../../parts/words/format-number.ts';

/** `λ`, `the learning rate`. */
function named(path: string): string {
  const label = liveLabels[path] ?? path;
  return label.includes(' ') ? `the ${label}` : label;
}

/** The change that a finding's remedy asks for, where the run can take it while it goes on. */
export function liveChange(finding: RunFinding | null): { readonly path: string; readonly value: number } | null {
  const { path, value, isLive } = finding?.remedy ?? {};
  return isLive && typeof path === 'string' && typeof value === 'number' ? { path, value } : null;
}

/** `Change λ to 2`. */
export function changeWords({ path, value }: { readonly path: string; readonly value: number }): string {
  return `Change ${named(path)} to ${formatNumber(value)}`;
}

/** What a number is held against: `below 0.045, of 0.45 at the start`. */
export function thresholdWords({ relation, threshold, start }: Evidence): string {
  const limit = `${relation} ${formatNumber(threshold)}`;
  return start === null || Number.isNaN(start) ? limit : `${limit}; ${formatNumber(start)} at the start`;
}
