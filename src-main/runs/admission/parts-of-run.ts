import type { Detail } from '#contract/api/runs/run-records.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import type { ResolvedConfig } from '#contract/config/index.ts';
import { resolveConfig } from '#contract/config/index.ts';
import type { ReadableDb } from '../../store/database.ts';
import { listStages, readConfig } from '../../store/queries/runs.ts';
import { bindStages } from '../host/run-pipeline.ts';

/** The config of one run that will be started, or of one stage of a pipeline. */
export interface ConfigPart {
  /** What comes before the paths of its fields: `stages.sft.`, or nothing. */
  readonly at: string;
  readonly stage: string | null;
  readonly config: Detail;
  /** Folder of the run to resume; null for a new one. */
  readonly runFolder: string | null;
}

/** The parts of a resolved config. */
export function partsOf(resolved: ResolvedConfig): readonly ConfigPart[] {
  if (!('stages' in resolved)) return [{ at: '', stage: null, config: resolved.file, runFolder: null }];
  return resolved.stages.map(({ stage, file }) => ({ at: `stages.${stage}.`, stage, config: file, runFolder: null }));
}

/** The parts that resuming a run would compute: stages that have finished are not opened again. */
export function partsToResume(db: ReadableDb, run: Run): readonly ConfigPart[] {
  const parts = partsOf(resolveConfig(readConfig(db, run.number).resolved));
  if (run.recipe !== 'pipeline') return parts.map((part) => ({ ...part, runFolder: run.folder }));
  const stages = new Map(listStages(db, run.id).map((stage) => [stage.stage, stage]));
  const finished = [...stages].flatMap(([name, { state, id }]) =>
    name !== null && state === 'finished' ? [[name, id] as const] : [],
  );
  const runs = new Map(finished);
  return parts
    .filter(({ stage }) => stage !== null && !runs.has(stage))
    .map((part) => {
      const runFolder = stages.get(part.stage)?.folder ?? null;
      return { ...part, config: bindStages(part.config, runs), runFolder };
    });
}
