import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ApiClient } from '#contract/api/typed-client.ts';
import { parseConfigText } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import type { DemoResult, Evaluation } from './demo-report.ts';

/** Corpus, pairs, prompts, judge and starting policy that come with Keel. */
export const STARTER_FOLDER = fileURLToPath(new URL('../../resources/starter', import.meta.url));

interface DemoFile {
  readonly stages: { readonly apa: Record<string, unknown> };
}

/** The demo's config: resources/starter/demo.yaml with the judge of judge.json in it. Throws `starter_incomplete`. */
export function demoConfig(folder: string = STARTER_FOLDER): string {
  const missing = ['demo.yaml', 'judge.json', 'policy/model.safetensors'].filter(
    (file) => !existsSync(join(folder, file)),
  );
  if (missing.length > 0) {
    throw new KeelError({
      code: 'starter_incomplete',
      why: `${folder} lacks ${missing.join(', ')}.`,
      fix: 'Take them from the repository again; scripts/starter/README.md says how they are made.',
    });
  }
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  const config = parseConfigText(read('demo.yaml'), 'demo.yaml') as unknown as DemoFile;
  const apa = { ...config.stages.apa, judge: JSON.parse(read('judge.json')) as unknown };
  return JSON.stringify({ ...config, stages: { ...config.stages, apa } });
}

function evaluationAt(
  rows: readonly { readonly step: number; readonly key: string; readonly value: number }[],
  step: number,
): Evaluation {
  return Object.fromEntries(rows.filter((row) => row.step === step).map(({ key, value }) => [key, value]));
}

/** Reads from a finished demo what its end shows: the first evaluation beside that of the exported policy. */
export async function readDemo(client: ApiClient, pipeline: string): Promise<DemoResult & { readonly apaRun: string }> {
  const { stages } = await client.runs.get({ run: pipeline });
  const idOf = (stage: string): string => stages.find((run) => run.stage === stage)!.id;
  const apa = idOf('apa');
  const [all, ofRewardModel, samples, detail] = await Promise.all([
    client.runs.metrics({ run: apa }),
    client.runs.latest({ run: idOf('reward_model') }),
    client.runs.samples({ run: apa }),
    client.runs.get({ run: apa }),
  ]);
  const evaluations = all.filter(({ key }) => key.startsWith('eval/'));
  const steps = evaluations.map(({ step }) => step);
  const first = Math.min(...steps);
  const best = detail.summary?.best_iteration;
  const last = typeof best === 'number' ? best : Math.max(...steps);
  return {
    apaRun: apa,
    rewardModelAccuracy: ofRewardModel['eval/accuracy'] ?? null,
    before: evaluationAt(evaluations, first),
    after: evaluationAt(evaluations, last),
    samplesBefore: samples.filter(({ step }) => step === first),
    samplesAfter: samples.filter(({ step }) => step === last),
  };
}
