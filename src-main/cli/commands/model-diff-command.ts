import type { Command } from 'commander';
import { type CommandContext, JSON_OPTION } from '../command-context.ts';
import { jsonLine } from '../output.ts';
import { renderDifference, renderTensorDifferences } from '../render/render-difference.ts';
import { streamJob } from '../stream-job.ts';
import { withHost } from '../with-host.ts';
import { BASE } from './text-options.ts';

interface DiffFlags {
  readonly base?: string | null;
  readonly tensors?: boolean;
  readonly json?: boolean;
}

/** `keel model diff A B`. */
export function addModelDiff(group: Command, { shell }: CommandContext): void {
  group
    .command('diff')
    .description('compare two models: config, every tensor, tokenizer, and chat template')
    .argument('<a>', 'model folder, GGUF file, adapter folder, or run:<id>/policy')
    .argument('<b>', 'the model to compare it with')
    .option(...BASE)
    .option('--tensors', 'also each tensor, the most different first')
    .option(...JSON_OPTION)
    .action(async (model: string, other: string, { base = null, tensors, json }: DiffFlags) => {
      const request = { folder: shell.folder, model, other, base };
      const result = await withHost(shell, (client) => {
        return streamJob(shell, (signal) => client.models.diff(request, { signal }));
      });
      shell.print(json ? jsonLine(result, 2) : renderDifference(result));
      if (tensors && !json) shell.print(`\n${renderTensorDifferences(result)}`);
    });
}
