import { Option } from 'commander';
import { BFLOAT16_NEEDS, FROZEN_DTYPES } from '#contract/config/index.ts';
import { type AddCommand, JSON_OPTION } from '../command-context.ts';
import { jsonLine } from '../output.ts';
import { wholeNumber } from '../parse-number.ts';
import { streamJob } from '../stream-job.ts';
import { withHost } from '../with-host.ts';

/** Sizes by the flags of the PyTorch baseline, with its defaults. */
const SIZES = {
  hidden: [128, 'width of the residual stream'],
  layers: [6, 'number of blocks'],
  heads: [4, 'number of attention heads'],
  vocab: [4096, 'number of tokens in the vocabulary'],
  rollouts: [64, 'number of responses in an iteration'],
  chunk: [16, 'number of responses that are sampled at once'],
  batch: [8, 'number of responses in an update'],
  prompt: [64, 'number of tokens in a prompt'],
  response: [32, 'number of tokens in a response'],
  epochs: [2, 'number of updates on each minibatch'],
  iterations: [3, 'number of timed iterations'],
} as const;

/** `keel bench`: times one APA iteration with the recipe's own steps, or compares it with a PyTorch baseline dump. */
export const addBench: AddCommand = (program, { shell }) => {
  const command = program.command('bench').description('time one APA iteration of a model of a given size');
  for (const [name, [size, text]] of Object.entries(SIZES)) {
    command.option(`--${name} <n>`, text, wholeNumber(1), size);
  }
  command
    .option('--seed <s>', 'seed of weights and prompts', wholeNumber(0), 0)
    .option('--micro-batch <n>', 'number of responses in a forward and backward pass (default: batch)', wholeNumber(1))
    .option('--recompute', 'compute the layers twice in each update, to use less memory', false)
    .option('--threads <n>', 'number of CPU threads (default: all cores)', wholeNumber(1))
    .addOption(new Option('--family <family>', 'network (default: gpt_neox)').choices(['gpt_neox', 'llama']))
    .option('--kv-heads <n>', 'heads of keys and values (default: as many as heads)', wholeNumber(1))
    .option('--intermediate <n>', 'width of the inner layer of a block (default: 4 times hidden)', wholeNumber(1))
    .option('--tied', 'use the embedding as output matrix', false)
    .option('--lora <rank>', 'train adapters of this rank on one frozen base', wholeNumber(1))
    .addOption(new Option('--base-dtype <dtype>', 'precision of the base of adapters').choices(FROZEN_DTYPES))
    .addOption(new Option('--mode <mode>', 'how steps run').choices(['compiled', 'eager']))
    .addOption(new Option('--device <device>', 'device that tensors are stored on').choices(['cpu', 'gpu', 'auto']))
    .addOption(new Option('--frozen-dtype <dtype>', 'precision of reference and reward model').choices(FROZEN_DTYPES))
    .addOption(
      new Option('--compute-dtype <dtype>', `precision of matrix products in the layers; ${BFLOAT16_NEEDS}`).choices([
        'float32',
        'bfloat16',
      ]),
    )
    .option('--check <dir>', 'compare the losses with a dump of the PyTorch baseline instead')
    .option(...JSON_OPTION)
    .action(async ({ json, ...options }: { readonly json?: boolean; readonly [size: string]: unknown }) => {
      const request = { folder: shell.folder, options };
      const result = await withHost(shell, (client) => {
        return streamJob(shell, (signal) => client.jobs.bench(request, { signal }));
      });
      shell.print(jsonLine(result, json ? undefined : 2));
    });
};
