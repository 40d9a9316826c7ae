import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { DemoReply, DemoResult } from '#contract/api/demo.ts';
import type { MetricRow, StoredSample } from '#contract/api/runs/run-records.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import type { StartRequest } from '#contract/api/runs/runs.ts';
import { findRecipe, parseConfigText } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import type { ReadableDb } from '../../store/database.ts';
import { listKeys, readLatest, readSeries } from '../../store/queries/metrics.ts';
import { listStages } from '../../store/queries/runs.ts';
import { readSamples } from '../../store/queries/samples.ts';
import { readReport } from '../views/read-report.ts';

/** Corpus, pairs, prompts, judge, and starter policy that ship with Keel. */
export const STARTER_FOLDER = fileURLToPath(new URL('../../../resources/starter', import.meta.url));

interface DemoFile {
  readonly stages: { readonly apa: Record<string, unknown> };
}

/** The demo's config: resources/starter/demo.yaml combined with judge.json. Throws `starter_incomplete`. */
export function demoConfig(folder: string = STARTER_FOLDER): string {
  const missing = ['demo.yaml', 'judge.json', 'policy/model.safetensors'].filter(
    (file) => !existsSync(join(folder, file)),
  );
  if (missing.length > 0) {
    throw new KeelError({
      code: 'starter_incomplete',
      why: `Files are missing in ${folder}: ${missing.join(', ')}.`,
      fix: 'Restore them from the repository; scripts/research/starter/README.md describes how they are made.',
    });
  }
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  const config = parseConfigText(read('demo.yaml'), 'demo.yaml') as unknown as DemoFile;
  const apa = { ...config.stages.apa, judge: JSON.parse(read('judge.json')) as unknown };
  return JSON.stringify({ ...config, stages: { ...config.stages, apa } });
}

/** Overrides `a.b=c` of the demo's config, separated by `;`, for a demo that takes less than five minutes. */
const SHORTER = 'KEEL_DEMO_SET';

/** The request that starts the demo, for every shell. Throws `starter_incomplete`. */
export function demoRequest(seed: number, environment: NodeJS.ProcessEnv = process.env): StartRequest {
  const shorter = (environment[SHORTER] ?? '').split(';').filter(Boolean);
  return { config: demoConfig(), baseFolder: STARTER_FOLDER, overrides: [...shorter, `seed=${seed}`], name: null };
}

function evaluationAt(rows: readonly MetricRow[], step: number): Readonly<Record<string, number>> {
  return Object.fromEntries(rows.filter((row) => row.step === step).map(({ key, value }) => [key, value]));
}

function repliesAt(samples: readonly StoredSample[], step: number): DemoReply[] {
  return samples
    .filter((sample) => sample.step === step)
    .map(({ promptIndex, prompt, response }) => ({ promptIndex, prompt, response }));
}

/**
 * Reads the result of a finished demo: the first evaluation and that of the exported policy.
 * Throws `demo_unfinished` for a run that is not a demo, or whose evaluations do not exist yet.
 */
export function readDemo(db: ReadableDb, pipeline: Run): DemoResult {
  const stages = listStages(db, pipeline.id);
  const apa = stages.find(({ recipe }) => findRecipe(recipe)?.kind === 'online');
  const rewardModel = stages.find(({ recipe }) => findRecipe(recipe)?.artifacts[0] === 'reward_model');
  const keys = apa ? listKeys(db, apa.number).filter((key) => key.startsWith('eval/')) : [];
  if (!apa || !rewardModel || apa.state !== 'finished' || keys.length === 0) {
    throw new KeelError({
      code: 'demo_unfinished',
      why: `The run ${pipeline.id} has no finished evaluation of an APA stage.`,
      fix: 'Wait until it has finished, or open the run itself.',
    });
  }
  const evaluations = keys.flatMap((key) => readSeries(db, apa.number, key));
  const steps = evaluations.map(({ step }) => step);
  const first = Math.min(...steps);
  const best = readReport(db, apa)?.best;
  const last = best?.used === 'best' ? best.step : Math.max(...steps);
  const samples = readSamples(db, apa.number);
  return {
    apaRun: apa.id,
    rewardModelAccuracy: readLatest(db, rewardModel.number)['eval/accuracy'] ?? null,
    before: evaluationAt(evaluations, first),
    after: evaluationAt(evaluations, last),
    samplesBefore: repliesAt(samples, first),
    samplesAfter: repliesAt(samples, last),
  };
}
