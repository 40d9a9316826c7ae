import type { DataLedger } from '#contract/api/runs/data-ledger.ts';
import type { Detail, EventRow } from '#contract/api/runs/run-records.ts';
import { FAILURE_MODE_TITLES, type FailureMode } from '#contract/failure-modes.ts';
import { ledgerSummary } from '#contract/ledger-words.ts';
import { liveLabels } from '#contract/page-facts.ts';
import { DOCTOR_EVENT, LEDGER_EVENT, REPORT_EVENT, ROLLBACK_EVENT } from '#contract/run-events.ts';
import { formatNumber, formatSize } from '../../../parts/words/format-number.ts';
import { stageName } from '../stage-name.ts';

function written(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function findingWords({ regime, state, cause }: Detail): string {
  const title = FAILURE_MODE_TITLES[regime as FailureMode];
  return state === 'closed' ? `The finding “${title}” is closed.` : `Run doctor: ${title}. ${written(cause)}`;
}

function removalWords({ because, bytes }: Detail, step: number | null): string {
  const freed = typeof bytes === 'number' ? `, ${formatSize(bytes)} freed` : '';
  return `The checkpoint of step ${step ?? '?'} was removed: ${written(because)}${freed}.`;
}

const changeWords = ({ path, value }: Detail) =>
  `${liveLabels[String(path)] ?? path} was set to ${typeof value === 'number' ? formatNumber(value) : written(value)} from this step on.`;

const rollbackWords = ({ to, from }: Detail) =>
  `Rolled back to step ${written(to)}; steps ${Number(to) + 1} to ${written(from ?? to)} are archived.`;

/** A sentence for each event that has one. */
const SENTENCES: Readonly<Record<string, (detail: Detail, step: number | null) => string>> = {
  [DOCTOR_EVENT]: findingWords,
  [LEDGER_EVENT]: (detail) => `Data: ${ledgerSummary(detail as DataLedger)}.`,
  [REPORT_EVENT]: () => 'The report was stored.',
  [ROLLBACK_EVENT]: rollbackWords,
  changed: changeWords,
  checkpoint_removed: removalWords,
  log: ({ text }) => written(text ?? ''),
  resumed: ({ from }) =>
    from === 0 ? 'Started again from the beginning.' : `Resumed from the checkpoint of step ${written(from)}.`,
  stage_started: ({ stage }) => `Stage ${stageName(String(stage))} started.`,
  stage_ended: ({ stage, state }) => `Stage ${stageName(String(stage))} ended: ${written(state)}.`,
};

/** An event of a run as one sentence. */
export function eventWords({ name, detail, step }: Pick<EventRow, 'name' | 'detail' | 'step'>): string {
  const own = SENTENCES[name]?.(detail, step);
  if (own) return own;
  const title = name.replaceAll('_', ' ');
  const told =
    typeof detail.why === 'string'
      ? detail.why
      : Object.entries(detail)
          .map(([key, value]) => `${key} ${written(value)}`)
          .join(', ');
  return `${title.charAt(0).toUpperCase()}${title.slice(1)}${told ? `: ${told}` : ''}`;
}
