import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeExactJson } from '#contract/exact-json.ts';
import { recordingOf } from '../../../tests/support/doctor-recordings.ts';
import type { Steps } from './measured-case.ts';

/** The metrics that detectors read, and those that say how a run went. */
const KEPT =
  /^(objective|completions|advantages|apa|awr|eval)\/|^(values\/explained_variance|optimizer\/(clip_share|skipped)|policy\/clipfrac_avg|val\/ratio|loss\/total)$/;

/** Keeps the series of a measured run, to five digits, for the tests that replay it. */
export function recordSeries(name: string, series: Steps): void {
  const file = recordingOf(name);
  mkdirSync(dirname(file), { recursive: true });
  const rows = [...series].map(([step, values]) => {
    const kept = Object.entries(values).filter(([key]) => KEPT.test(key));
    return `${step}: ${writeExactJson(Object.fromEntries(kept.map(([key, value]) => [key, Number(value.toPrecision(5))])))}`;
  });
  writeFileSync(file, `{\n${rows.map((row) => row.replace(/^(\d+)/, '"$1"')).join(',\n')}\n}\n`);
}
