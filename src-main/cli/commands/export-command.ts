import { resolve } from 'node:path';
import { Option } from 'commander';
import { EXPORT_DTYPES, type ExportDtype } from '#contract/export-dtypes.ts';
import { GGUF_EXPORT_TYPES, type GgufExportType } from '#contract/gguf-types.ts';
import { REFERENCE } from '#contract/ids.ts';
import { type AddCommand, JSON_OPTION } from '../command-context.ts';
import { jsonLine } from '../output.ts';
import { streamJob } from '../stream-job.ts';
import { withHost } from '../with-host.ts';

interface ExportFlags {
  readonly format: 'hf' | 'gguf' | 'gguf-lora';
  readonly type: GgufExportType;
  readonly dtype?: ExportDtype;
  readonly out: string;
  readonly what?: 'policy' | 'critic' | 'reward_model';
  readonly checkpoint?: string;
  readonly force?: boolean;
  readonly allowNonFinite?: boolean;
  readonly json?: boolean;
}

/** The type of the weights in a Hugging Face folder. */
export const dtypeOption = () =>
  new Option('--dtype <dtype>', 'type of the weights in a Hugging Face folder (default: float32)').choices(
    EXPORT_DTYPES,
  );

/** `keel export RUN`. */
export const addExport: AddCommand = (program, { shell }) => {
  program
    .command('export')
    .description('write the model of a run as a Hugging Face folder or a GGUF file, then reload it and compare')
    .argument(
      '<run>',
      'run id, an unambiguous part of one, or latest; for a pipeline, its last stage; run:<id>/policy also works',
    )
    .addOption(
      new Option('--format <format>', 'Hugging Face folder, GGUF file, or an adapter alone as GGUF file')
        .choices(['hf', 'gguf', 'gguf-lora'])
        .default('hf'),
    )
    .addOption(
      new Option('--type <type>', 'type of a GGUF file; F32 or F16 for an adapter')
        .choices(GGUF_EXPORT_TYPES)
        .default('F16'),
    )
    .addOption(dtypeOption())
    .requiredOption('--out <dir>', 'folder to write')
    .addOption(new Option('--what <what>', 'which model to export').choices(['policy', 'critic', 'reward_model']))
    .option(
      '--checkpoint <tag>',
      'best, last, or the step of a checkpoint (default: best if its gain over the start is beyond its interval, otherwise last)',
    )
    .option('--force', 'replace an unchanged folder that Keel wrote')
    .option('--allow-non-finite', 'export weights even if some are NaN or infinite')
    .option(...JSON_OPTION)
    .action(async (named: string, flags: ExportFlags) => {
      const { format, type, dtype = null, out, force = false, allowNonFinite = false, json } = flags;
      const [scope, id, kind, at] = REFERENCE.exec(named)?.slice(1) ?? [];
      const run = scope === 'run' ? (id as string) : named;
      const what = flags.what ?? (kind as ExportFlags['what']) ?? null;
      const tag = flags.checkpoint ?? at ?? null;
      const wanted = { format, type, dtype, what, tag, out, force, allowNonFinite };
      const request = { run, folder: shell.folder, ...wanted };
      const result = await withHost(shell, (client) => {
        return streamJob(shell, (signal) => client.jobs.export(request, { signal }));
      });
      const { remarks = [] } = (result ?? {}) as { readonly remarks?: readonly string[] };
      const lines = [`Exported and verified: ${resolve(shell.folder, out)}`, ...remarks];
      shell.print(json ? jsonLine(result, 2) : lines.join('\n'));
    });
};
