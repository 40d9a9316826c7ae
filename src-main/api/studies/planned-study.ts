import type { PlannedStudy, StudyEntryState } from '#contract/api/runs/planned-studies.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import type { Study } from '#contract/api/runs/study.ts';
import { type ResolvedEntry, valueAt } from '#contract/config/index.ts';
import type { RunHost } from '../../runs/host/run-host.ts';
import { studiesOf } from '../../runs/studies/study-runner.ts';
import { listAttempts } from '../../store/queries/attempts.ts';

/** The number of steps that an online run's config asks for; others count epochs. */
function stepsOf({ file }: ResolvedEntry): number | null {
  const steps = valueAt(file, 'updates.total_iterations');
  return typeof steps === 'number' ? steps : null;
}

/** The node of the newest attempt that reached one. */
function nodeOf(host: RunHost, run: Run): StudyEntryState['node'] {
  const devices = listAttempts(host.setup.store.read, run.number).map(({ device }) => device);
  const { nodeId, node } = devices.findLast((device) => device.nodeId) ?? {};
  return nodeId ? { id: String(nodeId), name: String(node) } : null;
}

function describeEntry(entry: ResolvedEntry, run: Run | null, node: StudyEntryState['node']): StudyEntryState {
  const { key, shared, label, knobs, seed } = entry;
  return {
    ...{ key, shared, label, knobs, seed },
    run: run?.id ?? null,
    state: run?.state ?? 'waiting',
    step: run?.lastStep ?? null,
    steps: stepsOf(entry),
    problem: run?.error?.why ?? run?.pausedBecause?.why ?? null,
    node,
  };
}

/** A planned study with the state of each of its runs. Throws `study_unplanned`. */
export function describePlanned(host: RunHost, study: Study): PlannedStudy {
  const known = studiesOf(host).known(study.id);
  const entries = known.entries.map((entry) => {
    const run = known.runs.get(entry.key) ?? null;
    return describeEntry(entry, run, run && known.place ? nodeOf(host, run) : null);
  });
  const isOver = entries.every(({ state }) => state === 'finished' || state === 'failed');
  const state = studiesOf(host).isRunning(study.id) ? 'running' : isOver ? 'ended' : 'stopped';
  const finished = entries.filter((entry) => entry.state === 'finished').length;
  return { study, state, finished, place: known.place, entries };
}
