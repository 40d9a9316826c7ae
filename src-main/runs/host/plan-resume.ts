import type { ResumePlan } from '#contract/api/runs/resume-plan.ts';
import type { Run, RunState } from '#contract/api/runs/run-state.ts';
import { STAGE_NAMES } from '#contract/config/index.ts';
import { listCheckpoints as foldersOf } from '#engine/session/checkpoint/checkpoints.ts';
import type { ReadableDb } from '../../store/database.ts';
import { listStages, readConfig } from '../../store/queries/runs.ts';

const RESUMABLE: ReadonlySet<RunState> = new Set(['stopped', 'failed', 'interrupted']);

type From = Pick<ResumePlan, 'from' | 'step'>;

const START: From = { from: 'start', step: 0 };

/** Reads the folder, like a resume does: a checkpoint recorded in the store may no longer exist. */
function newestCheckpoint(run: Run | undefined): From {
  const last = run ? foldersOf(run.folder).at(-1) : undefined;
  return last ? { from: 'checkpoint', step: last.step } : START;
}

/** Names of a pipeline's stages, in the order in which they run. */
function stageNames(db: ReadableDb, pipeline: Run): readonly string[] {
  const { stages } = readConfig(db, pipeline.number).resolved;
  const given = typeof stages === 'object' && stages !== null ? stages : {};
  return STAGE_NAMES.filter((name) => name in given);
}

function planPipeline(db: ReadableDb, pipeline: Run): ResumePlan {
  const names = stageNames(db, pipeline);
  const runs = new Map(listStages(db, pipeline.id).map((run) => [run.stage, run]));
  const at = names.findIndex((name) => runs.get(name)?.state !== 'finished');
  const name = names[at];
  if (name === undefined) return { from: 'end', step: 0, stage: null };
  return { ...newestCheckpoint(runs.get(name)), stage: { name, number: at + 1, of: names.length } };
}

/** Plans what resuming a run would do; null for a run that is active or has finished. */
export function planResume(db: ReadableDb, run: Run): ResumePlan | null {
  if (!RESUMABLE.has(run.state)) return null;
  return run.recipe === 'pipeline' ? planPipeline(db, run) : { ...newestCheckpoint(run), stage: null };
}
