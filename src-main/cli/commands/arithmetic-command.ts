import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import type { AddCommand } from '../command-context.ts';
import { wholeNumber } from '../parse-number.ts';
import { EXIT } from '../shell.ts';

export interface Problem {
  readonly prompt: string;
  readonly answer: string;
}

/**
 * Every sum and difference of two numbers whose numbers and result are from 0 to `largest`, in an order that the seed
 * determines.
 */
export function arithmeticProblems(largest: number, seed: number): readonly Problem[] {
  const numbers = Array.from({ length: largest + 1 }, (_, number) => number);
  const problems = numbers.flatMap((a) =>
    numbers.flatMap((b) => [
      ...(a + b <= largest ? [{ prompt: `${a}+${b}=`, answer: String(a + b) }] : []),
      ...(a >= b ? [{ prompt: `${a}-${b}=`, answer: String(a - b) }] : []),
    ]),
  );
  const place = ({ prompt }: Problem) => createHash('sha256').update(`${seed}/${prompt}`).digest('hex');
  return problems
    .map((problem) => ({ problem, at: place(problem) }))
    .sort((one, other) => (one.at < other.at ? -1 : 1))
    .map(({ problem }) => problem);
}

/** What the methods differ in. */
const METHODS = {
  grpo: { rollouts: 'num_rollouts: 256, num_generations: 8, chunk_size: 256', method: 'loss_type: dapo' },
  rloo: { rollouts: 'num_rollouts: 256, num_generations: 8, chunk_size: 256', method: 'beta: 0' },
  apa: { rollouts: 'num_rollouts: 256, chunk_size: 256', method: 'apa_lambda: 0.1' },
} as const;

/** The config of a run in which a new model of the starter's size learns the problems from rewards alone. */
function configOf(method: keyof typeof METHODS, { digits, seed }: { readonly digits: number; readonly seed: number }) {
  const own = METHODS[method];
  return `# A new model learns arithmetic from rewards alone: \`keel run ${method}.yaml\`.
version: 1
recipe: pipeline
name: arithmetic, ${method}
seed: ${seed}
stages:
  model_init:
    family: llama
    corpus: [problems.jsonl]
    vocab_size: 260
    hidden_size: 128
    num_layers: 4
    num_heads: 4
    intermediate_size: 384
    context: 32
    tie_word_embeddings: true
    seed: ${seed}
  ${method}:
    model: stage:model_init/model
    data:
      files: [problems.jsonl]
      # All problems are trained on: what counts is the share of right answers in training.
      held_out_fraction: 0
    reward:
      type: rules
      rules:
        - { type: exact_answer }
        # A new model knows no digits: without a little for any number, it would hardly ever be rewarded.
        - { type: regex, pattern: '^[0-9]+$', weight: 0.1 }
    generation: { max_new_tokens: ${digits} }
    rollouts: { ${own.rollouts} }
    updates: { total_iterations: 150, minibatch_size: 64, num_ppo_epochs: 1 }
    optimizer: { learning_rate: 0.001, schedule: constant }
    method: { ${own.method} }
    doctor:
      # An answer ends at the limit, and the right answers are few and short.
      actions: { eos_missing: 'off', collapse: 'off', kl_blow_up: 'off', length_hacking: 'off' }
`;
}

/** The folder, which is made if it does not exist. Throws `export_target_exists`: nothing is replaced. */
function newFolder(folder: string): string {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new KeelError({
      code: 'export_target_exists',
      why: `${folder} exists and is not an empty folder.`,
      fix: 'Choose another folder.',
    });
  }
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** `keel arithmetic FOLDER`. */
export const addArithmetic: AddCommand = (program, { shell, exit }) => {
  program
    .command('arithmetic')
    .description('write a small arithmetic dataset, and configs with which GRPO, RLOO, and APA learn it from nothing')
    .argument('<folder>', 'a new or empty folder')
    .option('--largest <n>', 'largest number and largest result', wholeNumber(1), 9)
    .option('--seed <n>', 'seed of the order and of the configs', wholeNumber(0), 0)
    .action((given: string, { largest, seed }: { readonly largest: number; readonly seed: number }) => {
      const folder = newFolder(resolve(shell.folder, given));
      const problems = arithmeticProblems(largest, seed);
      writeFileSync(join(folder, 'problems.jsonl'), problems.map((one) => `${JSON.stringify(one)}\n`).join(''));
      const methods = Object.keys(METHODS) as (keyof typeof METHODS)[];
      for (const method of methods) {
        writeFileSync(join(folder, `${method}.yaml`), configOf(method, { digits: String(largest).length, seed }));
      }
      shell.print(`${problems.length} problems and ${methods.length} configs were written to ${folder}.`);
      exit(EXIT.ok);
    });
};
