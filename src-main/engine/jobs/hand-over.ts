import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { resolveConfig } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import { removeBelow } from '../../disk/remove-below.ts';
import type { Runtime } from '../runtime/types.ts';
import type { Detail, Emit, Point, Recipe } from '../session/context.ts';
import { createControl } from '../session/control.ts';
import { NOBODY } from './nobody.ts';

const STARTER = fileURLToPath(new URL('../../../resources/starter/', import.meta.url));
/** Rows of the starter's data that the check reads. */
const ROWS = 32;
/** Responses, or rows of a batch: a multiple of many numbers of workers. */
const BATCH = 16;

/** Largest relative difference of a loss, and of the norm of the gradients, which sum far more numbers. */
const LIMITS = { loss: 1e-5, norm: 1e-4 };

const LOSSES = ['loss/policy_avg', 'loss/value_avg', 'loss'];
const NORMS = ['optimizer/grad_norm', 'grad_norm'];
/** The size of what a policy's loss sums: the sum itself may be zero, as PPO's is before its first update. */
const SUMMED = 'advantages/scaled_std';

const PAIRS: ReadonlySet<string> = new Set(['reward-model', 'dpo', 'kto', 'apa-offline', 'awr-offline']);

/** Some rows of the starter's data as a file of their own. */
function starterRows(recipe: string, folder: string): string {
  const name = recipe === 'sft' ? 'sft' : PAIRS.has(recipe) ? 'preference-train' : 'prompts-train';
  const text = gunzipSync(readFileSync(join(STARTER, `${name}.jsonl.gz`))).toString('utf8');
  const path = join(folder, `${name}.jsonl`);
  writeFileSync(path, `${text.split('\n').slice(0, ROWS).join('\n')}\n`);
  return path;
}

type Groups = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What the check takes from a run's config: how it computes, not what or how much. */
function kept(file: Groups): Detail {
  const { adapter, engine, method, critic } = file;
  const layers = adapter?.peft_type === 'lora' && { ...adapter, target_modules: ['all-linear'] };
  return {
    ...(layers && { adapter: { ...layers, rank_pattern: {}, alpha_pattern: {} } }),
    ...(method && { method }),
    ...(critic && { critic: { ...critic, init: 'policy' } }),
    engine: { ...engine, micro_batch_size: null },
  };
}

/** One update of a run's recipe on the starter's model and data. */
function starterConfig(config: Detail, folder: string): Detail {
  const file = config as Groups;
  const { recipe } = config as { readonly recipe: string };
  const shared = {
    recipe,
    ...kept(file),
    seed: 0,
    model: join(STARTER, 'policy'),
    data: { files: [starterRows(recipe, folder)], held_out_fraction: 0 },
  };
  if (!('rollouts' in file)) return { ...shared, training: { ...lossOf(file), max_steps: 1, batch_size: BATCH } };
  const generations = Number(file.rollouts!.num_generations ?? 1);
  return {
    ...shared,
    reward: { type: 'rules', rules: [{ type: 'length', unit: 'words', max: 4, falloff: 20 }] },
    generation: { max_new_tokens: 24 },
    rollouts: { num_rollouts: BATCH, chunk_size: BATCH, num_generations: BATCH % generations === 0 ? generations : 2 },
    updates: { total_iterations: 1, minibatch_size: BATCH, num_ppo_epochs: 1 },
  };
}

/** The settings of a supervised recipe that are part of its loss. */
function lossOf({ training }: Groups): Detail {
  const { loss, center_rewards_coefficient } = training ?? {};
  return {
    ...(loss !== undefined && { loss }),
    ...(center_rewards_coefficient !== undefined && { center_rewards_coefficient }),
  };
}

/** Ends a run of which only the first update is wanted. */
class Enough extends Error {}

/** The metrics of a recipe's first step. */
async function firstStep(recipe: Recipe<unknown>, file: Detail, runtime: Runtime, folder: string) {
  const points: Point[] = [];
  const emit: Emit = {
    ...NOBODY,
    metrics(step, given) {
      if (step !== 1) return;
      points.push(...given);
      throw new Enough();
    },
  };
  const { config } = resolveConfig(file, []);
  const run = { runId: 'hand-over', runFolder: folder, resumeFrom: null, locate: (reference: string) => reference };
  await recipe({ ...run, config, runtime, emit, control: createControl([], () => undefined) }).catch(
    (error: unknown) => {
      if (!(error instanceof Enough)) throw error;
    },
  );
  return new Map(points.map(({ key, value }) => [key, value]));
}

interface Compared {
  readonly key: string;
  readonly own: number;
  readonly theirs: number;
  /** Difference relative to the number, or to what it sums. */
  readonly difference: number;
  readonly limit: number;
}

function compare(own: ReadonlyMap<string, number>, theirs: ReadonlyMap<string, number>): readonly Compared[] {
  const compared = (keys: readonly string[], limit: number) =>
    keys.flatMap((key) => {
      const [mine, other] = [own.get(key), theirs.get(key)];
      if (mine === undefined) return [];
      const scale = Math.max(Math.abs(mine), key === LOSSES[0] ? (own.get(SUMMED) ?? 0) : 0, Number.MIN_VALUE);
      const difference = other === undefined ? Number.NaN : Math.abs(mine - other) / scale;
      return [{ key, own: mine, theirs: other ?? Number.NaN, difference, limit }];
    });
  return [...compared(LOSSES, LIMITS.loss), ...compared(NORMS, LIMITS.norm)];
}

function workersDiffer(found: readonly Compared[]): KeelError {
  const figures = found.map(
    ({ key, own, theirs, difference }) => `${key} is ${own} here and ${theirs} there (${difference.toExponential(1)})`,
  );
  return new KeelError({
    code: 'workers_differ',
    why: `On the starter model, the workers do not compute what Keel computes: ${figures.join('; ')}.`,
    fix: 'Use the versions of torch and transformers that Keel was tested with, or run without workers.',
  });
}

/**
 * Compares the first update of a run's recipe on the starter model, as computed here and by the workers that are to
 * compute the run: losses and gradients. The check is for each group that takes the run over.
 * @param folder for what that writes; removed afterwards.
 * @throws KeelError `workers_differ` with the figures, from the check.
 */
export function createHandOver(
  recipe: Recipe<unknown>,
  config: Detail,
  local: Runtime,
  folder: string,
): (workersOf: (config: unknown) => Runtime) => Promise<readonly Compared[]> {
  let own: ReadonlyMap<string, number> | null = null;
  return async (workersOf) => {
    // Each computation has a folder of its own, since a recipe keeps some numbers there.
    const [here, there] = [join(folder, 'here'), join(folder, 'there')];
    for (const place of [here, there]) mkdirSync(place, { recursive: true });
    let found: readonly Compared[];
    try {
      const file = starterConfig(config, folder);
      own ??= await firstStep(recipe, file, local, here);
      local.variables.remove('');
      found = compare(own, await firstStep(recipe, file, workersOf(resolveConfig(file, []).config), there));
    } finally {
      removeBelow(dirname(folder), folder);
    }
    if (found.length === 0 || !found.every(({ difference, limit }) => difference <= limit)) throw workersDiffer(found);
    return found;
  };
}
