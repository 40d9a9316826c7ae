import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const STARTER = join(import.meta.dirname, '../../../resources/starter');

/** The first rows of one of the starter's datasets, as a file. */
export function starterFile(name: string, folder: string, rows = 64): string {
  const text = gunzipSync(readFileSync(join(STARTER, `${name}.jsonl.gz`))).toString('utf8');
  const path = join(folder, `${name}.jsonl`);
  writeFileSync(path, `${text.split('\n').slice(0, rows).join('\n')}\n`);
  return path;
}

type Groups = Readonly<Record<string, unknown>>;

/** A short run of an online method on the starter: one update per iteration unless changed. */
export function onlineStarter(recipe: string, folder: string, changes: Groups = {}): Groups {
  return {
    recipe,
    seed: 0,
    model: join(STARTER, 'policy'),
    data: { files: [starterFile('prompts-train', folder)], held_out_fraction: 0.1 },
    reward: { type: 'rules', rules: [{ type: 'length', unit: 'words', max: 4, falloff: 10 }] },
    generation: { max_new_tokens: 16 },
    rollouts: { num_rollouts: 16, chunk_size: 8 },
    updates: { total_iterations: 1, minibatch_size: 16, num_ppo_epochs: 1 },
    optimizer: { learning_rate: 0.0005 },
    evaluation: { interval_iterations: 10, num_prompts: 4, num_samples: 2 },
    checkpoints: { interval_steps: 2 },
    engine: { threads: 1 },
    ...changes,
  };
}
