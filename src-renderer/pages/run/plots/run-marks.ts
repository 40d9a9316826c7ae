import type { EventRow } from '#contract/api/runs/run-records.ts';
import type { RunDetail } from '#contract/api/runs/run-state.ts';
import { FAILURE_MODE_TITLES, type FailureMode } from '#contract/failure-modes.ts';
import { DOCTOR_EVENT, ROLLBACK_EVENT } from '#contract/run-events.ts';
import { formatNumber } from '../../../parts/words/format-number.ts';
import type { PlotMark } from '../../../plots/plot-line.ts';
import { standingEvents } from '../findings/open-findings.ts';

function checkpointMarks({ checkpoints }: RunDetail): readonly PlotMark[] {
  return checkpoints.map(({ step, isBest, removedBecause }) => ({
    id: `checkpoint ${step}`,
    step,
    kind: isBest ? 'best' : 'checkpoint',
    title: `${isBest ? 'Best checkpoint' : 'Checkpoint'}, step ${step}`,
    text: removedBecause ? `Its folder was removed: ${removedBecause}.` : 'Click to view its samples.',
  }));
}

function changeMarks({ changes }: RunDetail): readonly PlotMark[] {
  return changes.map(({ step, path, value }) => ({
    id: `change ${step} ${path}`,
    step,
    kind: 'change',
    title: `Changed manually, step ${step}`,
    text: `${path} is ${formatNumber(value)} from here on.`,
  }));
}

const words = ({ detail }: EventRow): string => {
  const { why, cause, text, message } = detail;
  return ([why, cause, text, message].find((one) => typeof one === 'string') as string | undefined) ?? '';
};

/** The step the run was rolled back to, and the steps it discarded. */
function rollbackMark({ sequence, detail }: EventRow): PlotMark {
  const step = Number(detail.to);
  const text = `Steps ${step + 1} to ${String(detail.from ?? step)} were discarded; their metrics are archived.`;
  return { id: `event ${sequence}`, step, kind: 'resume', title: `Rolled back to step ${step}`, text };
}

function noteName({ name, detail }: EventRow): string {
  return name === DOCTOR_EVENT
    ? `Doctor: ${FAILURE_MODE_TITLES[detail.regime as FailureMode]}`
    : name.replaceAll('_', ' ');
}

function eventMarks(events: readonly EventRow[]): readonly PlotMark[] {
  return events.flatMap((event): PlotMark[] => {
    const { name, step, sequence, level } = event;
    if (name === ROLLBACK_EVENT) return [rollbackMark(event)];
    if (step === null) return [];
    if (name === 'resumed') {
      return [
        {
          id: `event ${sequence}`,
          step,
          kind: 'resume',
          title: `Resumed at step ${step}`,
          text: 'Resumed from the checkpoint.',
        },
      ];
    }
    if (level === 'info' || name === 'failed') return [];
    const title = `${noteName(event)}, step ${step}`;
    return [{ id: `event ${sequence}`, step, kind: 'note', title, text: words(event) }];
  });
}

/** All marks on the axis of a run's plots, in order of step. */
export function runMarks(detail: RunDetail | null, events: readonly EventRow[]): readonly PlotMark[] {
  const ofDetail = detail ? [...checkpointMarks(detail), ...changeMarks(detail)] : [];
  return [...ofDetail, ...eventMarks(standingEvents(events))].sort((one, other) => one.step - other.step);
}
