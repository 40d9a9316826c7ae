import type { Detail } from '#contract/api/runs/run-records.ts';
import type { Run, RunState } from '#contract/api/runs/run-state.ts';
import { resolveConfig } from '#contract/config/index.ts';
import type { KeelErrorShape } from '#contract/errors.ts';
import { REFERENCE } from '#contract/ids.ts';
import { listStages } from '../../store/queries/runs.ts';
import { replaceTexts } from './artifact-references.ts';
import { THIS_DEVICE } from './device-of-run.ts';
import type { HostSetup } from './host-setup.ts';
import { Recorder } from './recorder.ts';

export interface NewRunRequest {
  readonly recipe: string;
  /** The resolved config, with all defaults written out. */
  readonly config: Detail;
  readonly configGiven: string;
  readonly baseFolder: string;
  readonly name: string;
  /** Where it is computed; this machine by default. */
  readonly device?: string;
  readonly parent?: string;
  readonly stage?: string;
}

/** The host functions that a pipeline needs. */
export interface StageHost {
  readonly setup: HostSetup;
  /** @returns the run, not yet queued */
  create(request: NewRunRequest): Run;
  requeue(run: Run): void;
  /** Resolves when the run ends. */
  execute(run: Run): Promise<RunState>;
  find(id: string): Run;
  isStopping(id: string): boolean;
}

export interface PipelineEnd {
  readonly state: RunState;
  readonly summary: Detail | null;
  readonly error: KeelErrorShape | null;
}

/** Replaces `stage:<name>` with the runs of earlier stages. */
export function bindStages(config: Detail, runs: ReadonlyMap<string, string>): Detail {
  return replaceTexts(config, (text) => {
    const [, scheme, name = ''] = REFERENCE.exec(text) ?? [];
    const run = scheme === 'stage' ? runs.get(name) : undefined;
    return run ? text.replace(`stage:${name}`, `run:${run}`) : text;
  });
}

/** Runs a stage, or continues its run from an earlier attempt of the pipeline. */
async function runStage(host: StageHost, pipeline: Run, stage: string, config: Detail): Promise<Run> {
  const { store } = host.setup;
  const earlier = listStages(store.read, pipeline.id).find((run) => run.stage === stage);
  if (earlier?.state === 'finished') return earlier;
  const place = { baseFolder: pipeline.baseFolder, parent: pipeline.id, stage, name: `${pipeline.name}-${stage}` };
  const recipe = stage === 'model_init' ? stage : String(config.recipe);
  // A new model is made here and travels like any other.
  const device = stage === 'model_init' ? THIS_DEVICE : pipeline.device;
  const run = earlier ?? host.create({ ...place, device, recipe, config, configGiven: JSON.stringify(config) });
  host.requeue(run);
  await host.execute(run);
  return host.find(run.id);
}

/**
 * Runs the stages of a pipeline one after another; artifacts are passed on by reference. A stage that does not finish
 * ends the pipeline in the same state; resuming continues with that stage.
 */
export async function runPipeline(host: StageHost, pipeline: Run, config: Detail): Promise<PipelineEnd> {
  const { store, now, signals } = host.setup;
  const onChange = () => signals.change(pipeline.id);
  const ignore = () => undefined;
  const fates = { onBlocked: ignore, onBroken: ignore };
  const recorder = new Recorder({ db: store.write, run: pipeline.number, now, onChange, ...fates });
  const runs = new Map<string, string>();
  const summary: Record<string, unknown> = {};
  const resolved = resolveConfig(config);
  for (const { stage, file } of 'stages' in resolved ? resolved.stages : []) {
    if (host.isStopping(pipeline.id)) return { state: 'stopped', summary: null, error: null };
    recorder.note('stage_started', 'info', { stage });
    recorder.flush();
    const run = await runStage(host, pipeline, stage, bindStages(file, runs));
    recorder.note('stage_ended', 'info', { stage, run: run.id, state: run.state });
    recorder.flush();
    if (run.state !== 'finished') return { state: run.state, summary: null, error: run.error };
    runs.set(stage, run.id);
    summary[stage] = { run: run.id, ...run.summary };
  }
  return { state: 'finished', summary, error: null };
}
