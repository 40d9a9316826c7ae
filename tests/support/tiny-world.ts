import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseModelConfig } from '#engine/model/config/parse-config.ts';
import { saveModel } from '#engine/model/files/save-model.ts';
import { initializeParameters } from '#engine/model/initial-values.ts';
import { createLanguageModel } from '#engine/model/language-model.ts';
import { createValueModel } from '#engine/model/value-model.ts';
import { seededGenerator } from '#engine/runtime/host-random.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { trainByteLevelBpe, writeTrainedTokenizer } from '#engine/tokenizer/bpe/train-byte-level-bpe.ts';

/** A model, a reward model and data small enough that a step takes milliseconds. */
export interface TinyWorld {
  readonly folder: string;
  readonly model: string;
  readonly rewardModel: string;
  readonly demonstrations: string;
  readonly pairs: string;
  readonly prompts: string;
}

const NOUNS = ['lamp', 'chair', 'kettle', 'clock', 'radio', 'shirt', 'table', 'mirror'];
const VERBS = ['broke', 'arrived late', 'is too small', 'does not work', 'got lost'];

function sentences(seed: number, count: number) {
  const random = seededGenerator(seed, 'tiny-world');
  return Array.from({ length: count }, (_, index) => {
    const noun = NOUNS[random.integer(NOUNS.length)]!;
    const verb = VERBS[random.integer(VERBS.length)]!;
    return {
      prompt: `Question ${index}: my ${noun} ${verb}.\nAnswer:`,
      kind: ` We are sorry that your ${noun} ${verb}. We will help.`,
      curt: ` Send the ${noun} back.`,
    };
  });
}

function jsonLines(path: string, rows: readonly unknown[]): string {
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}

const SHAPE = { hidden_size: 32, num_layers: 2, num_heads: 2, vocab_size: 320, context: 96 };

/** Makes the world in a folder; the same seed makes the same bytes. */
export function makeTinyWorld(runtime: Runtime, folder: string, seed = 0): TinyWorld {
  const rows = sentences(seed, 64);
  const model = join(folder, 'model');
  const rewardModel = join(folder, 'reward');
  for (const place of [model, rewardModel]) mkdirSync(place, { recursive: true });
  const tokenizer = trainByteLevelBpe(
    rows.flatMap(({ prompt, kind, curt }) => [prompt, kind, curt]),
    { vocabSize: SHAPE.vocab_size },
  );
  for (const place of [model, rewardModel]) writeTrainedTokenizer(place, tokenizer);
  saveTinyModels(runtime, model, rewardModel, tokenizer.vocabSize, seed);
  return {
    folder,
    model,
    rewardModel,
    demonstrations: jsonLines(
      join(folder, 'demonstrations.jsonl'),
      rows.map(({ prompt, kind }) => ({ prompt, completion: kind })),
    ),
    pairs: jsonLines(
      join(folder, 'pairs.jsonl'),
      rows.map(({ prompt, kind, curt }) => ({ prompt, chosen: kind, rejected: curt })),
    ),
    prompts: jsonLines(
      join(folder, 'prompts.jsonl'),
      rows.map(({ prompt }) => ({ prompt })),
    ),
  };
}

function saveTinyModels(runtime: Runtime, model: string, rewardModel: string, vocabSize: number, seed: number): void {
  const raw = {
    architectures: ['GPTNeoXForCausalLM'],
    model_type: 'gpt_neox',
    hidden_size: SHAPE.hidden_size,
    num_hidden_layers: SHAPE.num_layers,
    num_attention_heads: SHAPE.num_heads,
    intermediate_size: 4 * SHAPE.hidden_size,
    vocab_size: vocabSize,
    max_position_embeddings: SHAPE.context,
    rotary_pct: 0.25,
    hidden_act: 'gelu',
    layer_norm_eps: 1e-5,
    initializer_range: 0.08,
    tie_word_embeddings: false,
    bos_token_id: 0,
    eos_token_id: 0,
    pad_token_id: 1,
  };
  const config = parseModelConfig(raw, 'config.json');
  const language = createLanguageModel(config);
  const scores = createValueModel(config, 'score');
  const { variables } = runtime;
  initializeParameters(variables, 'tiny', [...language.trunkParameters, ...language.headParameters], seed);
  saveModel(model, variables, 'tiny', language);
  variables.remove('tiny/');
  initializeParameters(variables, 'tiny', [...scores.trunkParameters, ...scores.headParameters], seed + 1);
  saveModel(rewardModel, variables, 'tiny', scores);
  variables.remove('tiny/');
}

const shared = { engine: { threads: 1 } };

/** The smallest sensible config of each recipe over a tiny world. `steps` are updates or iterations. */
export function tinyConfigs(
  world: TinyWorld,
  steps: number,
): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const supervised = (file: string) => ({
    ...shared,
    model: world.model,
    data: { files: [file], held_out_fraction: 0.2 },
    training: { max_steps: steps, epochs: 100, batch_size: 4 },
    optimizer: { learning_rate: 0.003 },
    evaluation: { interval_steps: 3 },
    checkpoints: { interval_steps: 2 },
  });
  const online = {
    ...shared,
    model: world.model,
    data: { files: [world.prompts], held_out_fraction: 0.2 },
    reward: { type: 'model', model: world.rewardModel },
    certificate_required: false,
    generation: { max_new_tokens: 8 },
    rollouts: { num_rollouts: 8, chunk_size: 4 },
    updates: { total_iterations: steps, minibatch_size: 4 },
    scaling: { warmup_rollouts: 16 },
    optimizer: { learning_rate: 0.003 },
    evaluation: { interval_iterations: 3, num_prompts: 6, num_samples: 2 },
    checkpoints: { interval_steps: 2 },
  };
  return {
    sft: { recipe: 'sft', ...supervised(world.demonstrations) },
    'reward-model': { recipe: 'reward-model', ...supervised(world.pairs) },
    dpo: { recipe: 'dpo', ...supervised(world.pairs) },
    kto: { recipe: 'kto', ...supervised(world.pairs) },
    apa: { recipe: 'apa', ...online },
    ppo: { recipe: 'ppo', ...online, method: { kl_controller: 'adaptive' } },
    awr: { recipe: 'awr', ...online },
    grpo: {
      recipe: 'grpo',
      ...online,
      rollouts: { ...online.rollouts, num_generations: 4 },
      updates: { ...online.updates, num_ppo_epochs: 2 },
      engine: { ...shared.engine, micro_batch_size: 2 },
      method: { beta: 0.05, entropy_coef: 0.01, mask_truncated_completions: true },
    },
    rloo: { recipe: 'rloo', ...online, rollouts: { ...online.rollouts, num_generations: 2 } },
    a2po: { recipe: 'a2po', ...online, method: { beta2: 0.5, num_value_samples: 4 } },
    'online-dpo': {
      recipe: 'online-dpo',
      ...online,
      rollouts: { ...online.rollouts, num_generations: 2 },
      engine: { ...shared.engine, micro_batch_size: 2 },
      method: { missing_eos_penalty: 1 },
    },
    'apa-offline': { recipe: 'apa-offline', ...online, data: { files: [world.pairs], held_out_fraction: 0.2 } },
    'awr-offline': {
      recipe: 'awr-offline',
      ...online,
      data: { files: [world.pairs], held_out_fraction: 0.2 },
      method: { refresh_values: false },
    },
  };
}
