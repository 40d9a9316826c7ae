import type { DataLedger } from '#contract/api/runs/data-ledger.ts';
import type { EventRow } from '#contract/api/runs/run-records.ts';
import { FAILURE_MODE_TITLES, type FailureMode } from '#contract/failure-modes.ts';
import { ledgerSummary } from '#contract/ledger-words.ts';
import { DOCTOR_EVENT, LEDGER_EVENT, REPORT_EVENT } from '#contract/run-events.ts';

function written(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Formats an event of a run as one line. */
export function eventWords({ name, detail }: EventRow): string {
  if (name === DOCTOR_EVENT) {
    const title = FAILURE_MODE_TITLES[detail.regime as FailureMode];
    return `doctor: ${title}, ${detail.state === 'closed' ? 'resolved' : written(detail.cause)}`;
  }
  if (name === LEDGER_EVENT) return `data: ${ledgerSummary(detail as DataLedger)}`;
  if (name === REPORT_EVENT) return 'report: its numbers were stored with the run';
  if (name === 'log') return written(detail.text ?? '');
  const told = Object.entries(detail).map(([key, value]) => `${key} ${written(value)}`);
  return [name.replaceAll('_', ' '), told.join(', ')].filter(Boolean).join(': ');
}
