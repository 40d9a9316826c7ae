import { isDeepStrictEqual } from 'node:util';
import { type RecipeName, valueAt } from '#contract/config/index.ts';
import { faultsOf, goldenCases } from '../golden-run.ts';
import { type ConfigProbe, defaultAt, fieldsOf, isSupervised, type Plain, readsPairs } from './probe.ts';
import { runHere } from './run-here.ts';

/** Fields that change no number of the golden runs; they are probed elsewhere, or the recipe's data have no such column. */
const ELSEWHERE = [
  /^(preset|name)$/,
  /^data\.(held_out_fraction|duplicates|row_selection|special_tokens|skip_bad_rows)$/,
  /^data\.columns\.(text|messages|chosen|rejected|label)$/,
  /^training\.multi_turn$/,
  /^(doctor|checkpoints|certificate)\./,
  /^engine\.(device|mode|threads|compute_dtype|micro_batch_size|recompute_activations)$/,
  /^rollouts\.chunk_size$/,
];

/** Fields whose other values a recipe refuses in its golden runs. */
const REFUSED: Readonly<Partial<Record<RecipeName, RegExp>>> = {
  'apa-offline': /^(scaling\.scale_reward|rollouts\.(num_generations|response_mask|pad_token|reencode_responses))$/,
  'awr-offline':
    /^(method\.standardize_rewards|rollouts\.(num_generations|response_mask|pad_token|reencode_responses))$/,
  a2po: /^scaling\.(scale_reward|advantages|warmup_rollouts)$/,
};

/** Another value for what has no default to fall back to. */
const OTHERS: Readonly<Record<string, readonly unknown[]>> = {
  model: ['@models/neox-moved', '@models/llama-moved'],
  'data.files': [
    ['@data/held-out-completions.jsonl'],
    ['@data/held-out-talks.jsonl'],
    ['@data/held-out-pairs.jsonl'],
    ['@data/held-out.jsonl'],
  ],
  reward: [{ type: 'rules', rules: [{ type: 'contains', texts: ['b'], weight: 1 }] }],
  judge: [{ type: 'rules', rules: [{ type: 'contains', texts: ['b'], weight: 1 }] }],
  'generation.stop_strings': [['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']],
  'critic.init': ['policy', 'reward_model', '@models/llama-moved'],
};

/** The files of data that a recipe can read. */
function othersFor(path: string, config: Plain): readonly unknown[] | undefined {
  if (path === 'model' || path === 'reference') return [`${String(config.model)}-moved`];
  if (path !== 'data.files') return OTHERS[path];
  return [(valueAt(config, 'data.held_out_files') as readonly string[] | null) ?? []];
}

/** The case in which a field is not at its default, where there is one. */
function caseFor(recipe: RecipeName, path: string): readonly [string, Plain] {
  const cases = Object.entries(goldenCases()).filter(([, config]) => config.recipe === recipe);
  const usual = defaultAt(recipe, path);
  const isSet = ([, config]: readonly [string, Plain]) => {
    const value = valueAt(config, path);
    return value !== undefined && !isDeepStrictEqual(value, usual);
  };
  return cases.find(isSet) ?? cases[0]!;
}

/** A probe for each field of a recipe that a golden run notices: its numbers are no longer those of PyTorch. */
export function goldenProbes(recipe: RecipeName): readonly ConfigProbe[] {
  return fieldsOf(recipe)
    .filter(({ path }) => !ELSEWHERE.some((pattern) => pattern.test(path)))
    .filter(({ path }) => !REFUSED[recipe]?.test(path))
    .filter(({ path }) => !(path === 'data.columns.completion' && recipe !== 'sft'))
    .filter(({ path }) => !(path === 'data.columns.prompt' && (readsPairs(recipe) || recipe === 'kto')))
    .filter(({ path }) => !(path === 'engine.frozen_dtype' && isSupervised(recipe)))
    .map(({ path }) => {
      const [name, config] = caseFor(recipe, path);
      const others = othersFor(path, config);
      const observe = async (given: Plain) => faultsOf(name, (await runHere(given)).run);
      return { recipe, path, config, observe, ...(others && { others }) };
    });
}
