import type { RunFinding } from '#contract/api/runs/run-doctor.ts';
import type { RunDetail } from '#contract/api/runs/run-state.ts';
import { valueAt } from '#contract/config/index.ts';
import { liveLabels } from '#contract/page-facts.ts';
import { formatNumber } from '../../../parts/words/format-number.ts';
import { liveChange } from './doctor-words.ts';

/** What a remedy says of the value at the time of the finding. */
const CURRENTLY = /\(currently [^)]*\)/g;

type Values = Pick<RunDetail, 'config' | 'changes'>;

/** The value of a live field that is in force, and the step since which a change has set it; null for the config's. */
function inForce(
  { config, changes }: Values,
  path: string,
): { readonly value: number; readonly since: number | null } | null {
  const change = changes.findLast((one) => one.path === path);
  if (change) return { value: change.value, since: change.step };
  const value = valueAt(config, path);
  return typeof value === 'number' ? { value, since: null } : null;
}

/** The remedy of a finding, with the values that are in force now instead of those at the time of the finding. */
export function remedyNow(finding: RunFinding, values: Values): { readonly text: string; readonly isMade: boolean } {
  const { text } = finding.remedy;
  const change = liveChange(finding);
  const now = change && inForce(values, change.path);
  if (!change || !now) return { text, isMade: false };
  const value = formatNumber(now.value);
  if (now.value !== change.value) return { text: text.replaceAll(CURRENTLY, `(currently ${value})`), isMade: false };
  const name = liveLabels[change.path] ?? change.path;
  const since = now.since === null ? '' : ` since step ${now.since}`;
  return { text: `${name} is ${value}${since}. The finding closes after three steps without its signs.`, isMade: true };
}
