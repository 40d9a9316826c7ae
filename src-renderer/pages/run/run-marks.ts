import type { EventRow } from '#contract/api/run-records.ts';
import type { RunDetail } from '#contract/api/run-state.ts';
import { formatNumber } from '../../parts/format-number.ts';
import type { PlotMark } from '../../plots/plot-line.ts';

function checkpointMarks({ checkpoints }: RunDetail): readonly PlotMark[] {
  return checkpoints.map(({ step, isBest, removedBecause }) => ({
    id: `checkpoint ${step}`,
    step,
    kind: isBest ? 'best' : 'checkpoint',
    title: `${isBest ? 'Best checkpoint' : 'Checkpoint'}, step ${step}`,
    text: removedBecause ? `Its folder was removed: ${removedBecause}.` : 'Click for its samples.',
  }));
}

function changeMarks({ changes }: RunDetail): readonly PlotMark[] {
  return changes.map(({ step, path, value }) => ({
    id: `change ${step} ${path}`,
    step,
    kind: 'change',
    title: `Changed by hand, step ${step}`,
    text: `${path} is ${formatNumber(value)} from here on.`,
  }));
}

const words = ({ detail }: EventRow): string => {
  const { why, text, message } = detail;
  return ([why, text, message].find((one) => typeof one === 'string') as string | undefined) ?? '';
};

function eventMarks(events: readonly EventRow[]): readonly PlotMark[] {
  return events.flatMap((event): PlotMark[] => {
    const { name, step, sequence, level } = event;
    if (step === null) return [];
    if (name === 'resumed') {
      return [
        {
          id: `event ${sequence}`,
          step,
          kind: 'resume',
          title: `Resumed at step ${step}`,
          text: 'From its checkpoint.',
        },
      ];
    }
    if (level === 'info' || name === 'failed') return [];
    const title = `${name.replaceAll('_', ' ')}, step ${step}`;
    return [{ id: `event ${sequence}`, step, kind: 'note', title, text: words(event) }];
  });
}

/** Everything of a run that stands on the axis of its plots, in the order of steps. */
export function runMarks(detail: RunDetail | null, events: readonly EventRow[]): readonly PlotMark[] {
  const ofDetail = detail ? [...checkpointMarks(detail), ...changeMarks(detail)] : [];
  return [...ofDetail, ...eventMarks(events)].sort((one, other) => one.step - other.step);
}
