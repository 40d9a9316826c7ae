import type { RunReport } from '#contract/api/runs/run-report.ts';
import { FAILURE_MODE_TITLES } from '#contract/failure-modes.ts';
import { INTERVAL_METHOD, reportLines, reportSentences, reportSteps } from '#contract/report-words.ts';
import { columns } from '../output.ts';

/** The report of a run: the answer in sentences, the table, and what the doctor found. */
export function renderReport(report: RunReport): string {
  const { name, run, findings } = report;
  const steps = reportSteps(report);
  const rows = reportLines(report).map(({ label, start, end, change, n }) => [label, start, end, change, n]);
  const found = findings.map(({ regime, cause, remedy }) => `  ${FAILURE_MODE_TITLES[regime]}: ${cause} ${remedy}`);
  return [
    `Report of ${name} (${run})${steps === null ? '' : `, ${steps}`}`,
    ...reportSentences(report).map((sentence) => `  ${sentence}`),
    ...found,
    ...(rows.length === 0 ? [] : [columns([['', 'START', 'END', 'CHANGE (95%)', 'N'], ...rows]), INTERVAL_METHOD]),
  ].join('\n');
}
