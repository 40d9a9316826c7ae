import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseConfigText } from '#contract/config/index.ts';
import { THIS_MACHINE } from '../../runs/preflight/machine.ts';
import { type AddCommand, collect, JSON_OPTION } from '../command-context.ts';
import { columns, jsonLine } from '../output.ts';
import { wholeNumber } from '../parse-number.ts';
import { requireFile } from '../read-lines.ts';
import { renderInspection, renderTensors } from '../render/render-inspection.ts';
import type { Shell } from '../shell.ts';
import { streamJob } from '../stream-job.ts';
import { withHost } from '../with-host.ts';
import { addModelDiff } from './model-diff-command.ts';
import { addModelMerge } from './model-merge-command.ts';
import { BASE } from './text-options.ts';

interface InitFlags {
  readonly corpus: string[];
  readonly out: string;
  readonly config?: string;
  readonly json?: boolean;
  readonly [field: string]: unknown;
}

interface InspectFlags {
  readonly base?: string | null;
  readonly json?: boolean;
  readonly tensors?: boolean;
}

/** Flags of `keel model init` and the fields of a `model_init` stage that they set. */
const SHAPE_FLAGS = [
  ['--family <name>', 'family', 'architecture, for instance gpt2, llama, or qwen3 (all: docs/config.md)'],
  ['--hidden <n>', 'hidden_size', 'width of the hidden states'],
  ['--layers <n>', 'num_layers', 'number of layers'],
  ['--heads <n>', 'num_heads', 'number of attention heads'],
  ['--kv-heads <n>', 'num_kv_heads', 'number of key and value heads'],
  ['--vocab <n>', 'vocab_size', 'vocabulary size of the trained tokenizer'],
  ['--context <n>', 'context', 'maximum length of a text in tokens'],
  ['--seed <s>', 'seed', 'seed of the weights'],
] as const;

const camel = (flag: string) =>
  flag.replace(/^--(\S+).*$/, '$1').replace(/-(\w)/g, (_, letter) => letter.toUpperCase());

/** The options in the form of a `model_init` stage's config file. */
function initOptions(shell: Shell, flags: InitFlags): Record<string, unknown> {
  const given = SHAPE_FLAGS.flatMap(([flag, field]) => {
    const value = flags[camel(flag)];
    return value === undefined ? [] : [[field, value] as const];
  });
  const corpus = flags.corpus.map((file) => requireFile(shell, file));
  const own = { ...Object.fromEntries(given), ...(corpus.length > 0 && { corpus }) };
  if (flags.config === undefined) return own;
  const path = requireFile(shell, flags.config);
  const read = parseConfigText(readFileSync(path, 'utf8'), flags.config) as Record<string, unknown>;
  const listed = typeof read.corpus === 'string' ? [read.corpus] : ((read.corpus ?? []) as string[]);
  const placed = listed.map((file) => resolve(dirname(path), file));
  return { ...read, ...(placed.length > 0 && { corpus: placed }), ...own };
}

function plainFacts(result: unknown): string {
  const facts = Object.entries((result ?? {}) as Record<string, unknown>).filter(([, value]) => value !== null);
  return columns(facts.map(([key, value]) => [key, typeof value === 'object' ? jsonLine(value) : String(value)]));
}

/** `keel model init`, `inspect`, `merge`, and `diff`. */
export const addModel: AddCommand = (program, context) => {
  const { shell } = context;
  const group = program.command('model').description('create, inspect, merge, and compare models');
  addModelMerge(group, context);
  addModelDiff(group, context);
  const init = group
    .command('init')
    .description('train a tokenizer on a corpus and create a new, untrained model of a given shape')
    .option('--corpus <file>', 'text or dataset to train the tokenizer on; can be repeated', collect, [])
    .requiredOption('--out <dir>', 'folder to write')
    .option('--config <file>', 'file with the fields of a model_init stage; flags override it');
  for (const [flag, , text] of SHAPE_FLAGS) {
    if (flag.includes('<n>') || flag.includes('<s>'))
      init.option(flag, text, wholeNumber(flag.includes('seed') ? 0 : 1));
    else init.option(flag, text);
  }
  init.option(...JSON_OPTION).action(async (flags: InitFlags) => {
    const request = { folder: shell.folder, out: flags.out, options: initOptions(shell, flags) };
    const result = await withHost(shell, (client) => {
      return streamJob(shell, (signal) => client.models.init(request, { signal }));
    });
    shell.print(flags.json ? jsonLine(result, 2) : plainFacts(result));
  });
  group
    .command('inspect')
    .description('show what a model is: kind, family, sizes, template, stop tokens, faults, and what fits this machine')
    .argument('<model>', 'model folder or GGUF file, or run:<id>/policy')
    .option(...BASE)
    .option('--tensors', 'also the statistics of every tensor')
    .option(...JSON_OPTION)
    .action(async (model: string, { base = null, json, tensors }: InspectFlags) => {
      const request = { folder: shell.folder, model, base };
      const result = await withHost(shell, (client) => {
        return streamJob(shell, (signal) => client.models.inspect(request, { signal }));
      });
      if (json) shell.print(jsonLine(result, 2));
      else shell.print(renderInspection(result, THIS_MACHINE.availableMemory()));
      if (tensors && !json) shell.print(`\n${renderTensors(result)}`);
    });
};
