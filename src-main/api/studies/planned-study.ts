import type { PlannedStudy, StudyEntryState } from '#contract/api/runs/planned-studies.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import type { Study } from '#contract/api/runs/study.ts';
import { type ResolvedEntry, valueAt } from '#contract/config/index.ts';
import type { RunHost } from '../../runs/host/run-host.ts';
import { studiesOf } from '../../runs/studies/study-runner.ts';

/** The number of steps that an online run's config asks for; others count epochs. */
function stepsOf({ file }: ResolvedEntry): number | null {
  const steps = valueAt(file, 'updates.total_iterations');
  return typeof steps === 'number' ? steps : null;
}

function describeEntry(entry: ResolvedEntry, run: Run | null): StudyEntryState {
  const { key, shared, label, knobs, seed } = entry;
  return {
    ...{ key, shared, label, knobs, seed },
    run: run?.id ?? null,
    state: run?.state ?? 'waiting',
    step: run?.lastStep ?? null,
    steps: stepsOf(entry),
    problem: run?.error?.why ?? run?.pausedBecause?.why ?? null,
  };
}

/** A planned study with the state of each of its runs. Throws `study_unplanned`. */
export function describePlanned(host: RunHost, study: Study): PlannedStudy {
  const known = studiesOf(host).known(study.id);
  const entries = known.entries.map((entry) => describeEntry(entry, known.runs.get(entry.key) ?? null));
  const isOver = entries.every(({ state }) => state === 'finished' || state === 'failed');
  const state = studiesOf(host).isRunning(study.id) ? 'running' : isOver ? 'ended' : 'stopped';
  const finished = entries.filter((entry) => entry.state === 'finished').length;
  return { study, state, finished, place: known.place, entries };
}
