import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { certificateSchema, type WorstPair, worstPairSchema } from '#contract/api/library/reward-models.ts';
import type { Run, RunDetail } from '#contract/api/runs/run-state.ts';
import { findRecipe } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import { readExactJson } from '#contract/exact-json.ts';
import { judgeCertificate } from '#contract/statistics/judge-certificate.ts';
import type { RunHost } from '../runs/host/run-host.ts';
import { listDependents } from '../store/queries/lineage.ts';
import { listStages } from '../store/queries/runs.ts';
import { base } from './base.ts';

function findRewardModel(host: RunHost, wanted: string): Run {
  const named = host.find(wanted);
  const all = [named, ...listStages(host.setup.store.read, named.id)];
  const run = all.find(({ recipe }) => findRecipe(recipe)?.artifacts[0] === 'reward_model');
  if (run) return run;
  throw new KeelError({
    code: 'not_a_reward_model',
    why: `The run ${named.id} is a ${named.recipe} run and did not train a reward model.`,
    fix: 'Choose a run whose recipe is reward-model.',
  });
}

function readWorst({ folder }: Pick<Run, 'folder'>): WorstPair[] | null {
  const file = join(folder, 'certificate', 'worst-pairs.json');
  if (!existsSync(file)) return null;
  const read = z.array(worstPairSchema).safeParse(parseJson(readFileSync(file, 'utf8')));
  return read.success ? read.data : null;
}

function parseJson(text: string): unknown {
  try {
    return readExactJson(text);
  } catch {
    return null;
  }
}

export const rewardModelHandlers = {
  get: base.rewardModels.get.handler(({ input, context: { host } }) => {
    const run = findRewardModel(host, input.run);
    const summary = run.summary as { readonly certificate?: unknown } | null;
    const raw = certificateSchema.safeParse(summary?.certificate);
    const { isAccepted, why, fix } = judgeCertificate(raw.data ?? null, `The reward model of ${run.name}`);
    return {
      run: run.id,
      name: run.name,
      // As stored: the contract parses it on output.
      certificate: raw.success ? (summary?.certificate as never) : null,
      verdict: { isAccepted, why, fix },
      worst: readWorst(run),
      usedBy: listDependents(host.setup.store.read, run.id) as RunDetail['id'][],
    };
  }),
};
