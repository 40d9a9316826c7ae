import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { mergeResultSchema } from '#contract/api/library/merged-model.ts';
import type { ExportDtype } from '#contract/export-dtypes.ts';
import { formatCount, formatDigits } from '#contract/format.ts';
import { type CommandContext, JSON_OPTION } from '../command-context.ts';
import { jsonLine } from '../output.ts';
import { streamJob } from '../stream-job.ts';
import { withHost } from '../with-host.ts';
import { dtypeOption } from './export-command.ts';
import { BASE } from './text-options.ts';

interface MergeFlags {
  readonly out?: string;
  readonly base?: string | null;
  readonly dtype?: ExportDtype;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** The folder for a merged adapter: its name, or that of its run, in the current folder. */
function defaultFolder(adapter: string): string {
  const [, run, kind] = /^run:([^/]+)(?:\/(.+))?$/.exec(adapter) ?? [];
  const name = run === undefined ? basename(resolve(adapter)) : [run, kind ?? 'policy'].join('-');
  return `${name.replace(/[^\w.-]+/g, '-')}-merged`;
}

/** What a merge has shown, in lines for people. */
function renderMerge(result: unknown, folder: string): string {
  const { merge, dtype, rounding, replay } = mergeResultSchema.parse(result);
  const digits = (value: number) => formatDigits(value, 2);
  const lines = [
    `Merged and verified: ${folder}`,
    `Against the base with the adapter, ${merge.prompts} prompts differ by at most ${merge.max_abs_difference.toExponential(1)} in outputs up to ${digits(merge.largest_output)} (allowed: ${merge.bound.toExponential(1)}).`,
  ];
  if (dtype === 'float32') return lines.join('\n');
  const zero = rounding.to_zero > 0 ? `, ${formatCount(rounding.to_zero)} of them to 0` : '';
  return [
    ...lines,
    `As ${dtype}, ${formatCount(rounding.changed)} of ${formatCount(rounding.values)} weights are rounded${zero}; outputs differ by up to ${digits(replay.max_abs_difference)} from those of the merged float32 weights.`,
  ].join('\n');
}

/** `keel model merge ADAPTER`. */
export function addModelMerge(group: Command, { shell }: CommandContext): void {
  group
    .command('merge')
    .description('add a LoRA adapter to the weights of its base, compare the results, and write a Hugging Face folder')
    .argument('<adapter>', 'folder of an adapter, or run:<id>/policy of a run with an adapter')
    .option('--out <dir>', "folder to write (default: the adapter's name with -merged, in the current folder)")
    .option(...BASE)
    .addOption(dtypeOption())
    .option('--force', 'replace an unchanged folder that Keel wrote')
    .option(...JSON_OPTION)
    .action(
      async (
        adapter: string,
        { out = defaultFolder(adapter), dtype = 'float32', base = null, force, json }: MergeFlags,
      ) => {
        const request = { folder: shell.folder, model: adapter, base, out, dtype, force: force === true };
        const result = await withHost(shell, (client) => {
          return streamJob(shell, (signal) => client.models.merge(request, { signal }));
        });
        shell.print(json ? jsonLine(result, 2) : renderMerge(result, resolve(shell.folder, out)));
      },
    );
}
