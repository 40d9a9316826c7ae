import type { Evidence, RunFinding } from '#contract/api/runs/run-doctor.ts';
import { liveLabels } from '#contract/page-facts.ts';
import { formatNumber } from '../../../parts/words/format-number.ts';

/** `λ`, `the learning rate`. */
function named(path: string): string {
  const label = liveLabels[path] ?? path;
  return label.includes(' ') ? `the ${label}` : label;
}

/** The change suggested by a finding's remedy, if it can be applied during the run. */
export function liveChange(finding: RunFinding | null): { readonly path: string; readonly value: number } | null {
  const { path, value, isLive } = finding?.remedy ?? {};
  return isLive && typeof path === 'string' && typeof value === 'number' ? { path, value } : null;
}

/** `Change λ to 2`. */
export function changeWords({ path, value }: { readonly path: string; readonly value: number }): string {
  return `Change ${named(path)} to ${formatNumber(value)}`;
}

/** The threshold that a number is compared with: `below 0.045; 0.45 at the start`. */
export function thresholdWords({ relation, threshold, start }: Evidence): string {
  const limit = `${relation} ${formatNumber(threshold)}`;
  return start === null || Number.isNaN(start) ? limit : `${limit}; ${formatNumber(start)} at the start`;
}
