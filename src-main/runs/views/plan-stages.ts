import type { PipelinePlan, PlannedStage } from '#contract/api/runs/overview.ts';
import type { Detail, Progress } from '#contract/api/runs/run-records.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import { STAGE_NAMES, valueAt } from '#contract/config/index.ts';
import { stageTitle } from '#contract/page-words.ts';
import type { ReadableDb } from '../../store/database.ts';
import { openFindings } from '../findings/open-findings.ts';

/** In forward passes of one sequence: sampling a response, scoring it (old and reference log-probs, reward), training. */
const PASSES = { sampled: 2, scored: 3, trained: 3 };
/** Stages whose rows are a chosen and a rejected text. */
const OF_PAIRS: ReadonlySet<string> = new Set(['reward_model', 'dpo']);
/** Policy and critic. */
const TRAINED_ONLINE = 2;
const UNDER_WAY: ReadonlySet<string> = new Set(['queued', 'running', 'paused']);

function numberAt(config: Detail, path: string): number | null {
  const value = valueAt(config, path);
  return typeof value === 'number' ? value : null;
}

/**
 * The work of one step in forward passes of one sequence; null if it is not known. Only ratios between stages of one
 * pipeline are used, whose models and texts are of about one size. In the demo, whose updates of the reward model take
 * 0.18 s, it gives 2.0 s for an iteration of APA; measured were 2.5 s with evaluations (docs/performance.md).
 */
function passesPerStep(name: string, config: Detail): number | null {
  const rollouts = numberAt(config, 'rollouts.num_rollouts');
  if (rollouts !== null) {
    const epochs = numberAt(config, 'updates.num_ppo_epochs') ?? 1;
    return rollouts * (PASSES.sampled + PASSES.scored + epochs * TRAINED_ONLINE * PASSES.trained);
  }
  const batch = numberAt(config, 'training.batch_size');
  const textsPerRow = OF_PAIRS.has(name) ? 2 : 1;
  return batch === null ? null : batch * textsPerRow * PASSES.trained;
}

interface Part extends PlannedStage {
  /** Work of the whole stage, in passes; null if it is not known yet. */
  readonly work: number | null;
  readonly passes: number | null;
  readonly progress: Progress | null;
}

function doneOf(run: Run | undefined, progress: Progress | null): number {
  return progress?.phase === 'training' ? progress.done : (run?.lastStep ?? 0);
}

function partOf(db: ReadableDb, name: string, config: Detail, run: Run | undefined, progress: Progress | null): Part {
  const done = doneOf(run, progress);
  const planned = numberAt(config, 'updates.total_iterations') ?? numberAt(config, 'training.max_steps');
  const known = progress?.phase === 'training' && progress.total > 0 ? progress.total : planned;
  const total = run?.state === 'finished' ? done : known;
  const passes = passesPerStep(name, config);
  return {
    name,
    run: run?.id ?? null,
    state: run?.state ?? 'planned',
    done,
    total,
    unit: numberAt(config, 'updates.total_iterations') === null ? 'updates' : 'iterations',
    secondsLeft: run?.state === 'finished' ? 0 : (progress?.secondsLeft ?? null),
    findings: run ? openFindings(db, run.number).length : 0,
    work: passes === null || total === null ? null : passes * total,
    passes,
    progress,
  };
}

/** Seconds per pass of the stage that is at work; null before it has a rate, and while it is paused. */
function paceOf(parts: readonly Part[]): number | null {
  const at = parts.find(({ progress }) => progress?.rate);
  const passes = at?.passes ?? null;
  return at?.progress?.rate && passes !== null ? 1 / (at.progress.rate * passes) : null;
}

/** A stage that has not begun takes as long as its work at the pace of the current one. */
function withTime(part: Part, pace: number | null): PlannedStage {
  const { work, passes: _, progress: __, ...stage } = part;
  const isAhead = part.state === 'planned' || part.state === 'queued';
  return isAhead ? { ...stage, secondsLeft: work === null || pace === null ? null : work * pace } : stage;
}

function shareDone({ done, total, state }: PlannedStage): number {
  if (state === 'finished') return 1;
  return total ? Math.min(1, done / total) : 0;
}

/** Stages count by their work, or equally while that of one is not known; a new model takes no time. */
function shareOf(parts: readonly Part[]): number {
  const trained = parts.filter(({ name }) => name !== 'model_init');
  const isKnown = trained.every(({ work }) => work !== null && work > 0);
  const weights = trained.map(({ work }) => (isKnown ? work! : 1));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return all === 0 ? 0 : trained.reduce((sum, part, at) => sum + weights[at]! * shareDone(part), 0) / all;
}

/**
 * All stages of a pipeline in the order in which they run, those that have not begun included, with the share of the
 * work that is done and the time left. Null if the config names no stages.
 */
export function planPipeline(
  db: ReadableDb,
  config: Detail,
  stages: readonly Run[],
  progressOf: (id: string) => Progress | null,
): PipelinePlan | null {
  const given = (valueAt(config, 'stages') ?? {}) as Readonly<Record<string, Detail>>;
  const parts = STAGE_NAMES.filter((name) => name in given).map((name) => {
    const run = stages.find(({ stage }) => stage === name);
    return partOf(db, name, given[name]!, run, run ? progressOf(run.id) : null);
  });
  if (parts.length === 0) return null;
  const pace = paceOf(parts);
  const planned = parts.map((part) => withTime(part, pace));
  const seconds = planned.map(({ name, secondsLeft }) => (name === 'model_init' ? (secondsLeft ?? 0) : secondsLeft));
  const isKnown = seconds.every((each) => each !== null);
  return {
    stages: planned,
    share: shareOf(parts),
    secondsLeft: isKnown ? seconds.reduce<number>((sum, each) => sum + (each ?? 0), 0) : null,
  };
}

/** The progress of a pipeline under way: that of its current stage, with the share and the time left of all stages. */
export function pipelineProgress(pipeline: Run, plan: PipelinePlan, progress: Progress | null): Progress | null {
  if (!UNDER_WAY.has(pipeline.state)) return null;
  const at = plan.stages.findIndex(({ state }) => state !== 'finished');
  const stage = plan.stages[at < 0 ? plan.stages.length - 1 : at]!;
  const place = `stage ${at < 0 ? plan.stages.length : at + 1} of ${plan.stages.length} (${stageTitle(stage.name)})`;
  const { share, secondsLeft } = plan;
  const isEstimated = plan.stages.some(({ state }) => state === 'planned' || state === 'queued');
  const own = progress ?? { phase: '', done: stage.done, total: stage.total ?? 0, unit: stage.unit, rate: null };
  return { ...own, phase: place, secondsLeft, share, ...(isEstimated && { isEstimated }) };
}
