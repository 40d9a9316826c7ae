import { InvalidArgumentError, Option } from 'commander';
import { configCheckSchema, datasetReportSchema } from '#contract/api/library/datasets.ts';
import { type AddCommand, collect, JSON_OPTION } from '../command-context.ts';
import { jsonLine } from '../output.ts';
import { wholeNumber } from '../parse-number.ts';
import { readConfigFile, requireFile } from '../read-lines.ts';
import { renderConfigCheck, renderDatasetReport } from '../render/render-dataset-report.ts';
import { EXIT, type Shell } from '../shell.ts';
import { streamJob } from '../stream-job.ts';
import { withHost } from '../with-host.ts';

interface CheckFlags {
  readonly config?: string;
  readonly set: readonly string[];
  readonly stage?: string;
  readonly model?: string;
  readonly column: Readonly<Record<string, string>>;
  readonly maxLength?: number;
  readonly truncationSide?: string;
  readonly trainOn?: string;
  readonly specialTokens?: string;
  readonly examples: number;
  readonly json?: boolean;
}

function collectColumn(text: string, earlier: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [column, name] = text.split('=');
  if (!column || !name) throw new InvalidArgumentError('Write it in the form prompt=question.');
  return { ...earlier, [column]: name };
}

const usesColor = (shell: Shell) => ({ color: shell.isTerminal && !shell.environment.NO_COLOR });

/** Checks the data of a config, or a file in their place. Returns the exit code. */
async function checkConfig(shell: Shell, file: string | undefined, flags: CheckFlags): Promise<number> {
  const { config, set, stage = null, examples, json } = flags;
  const at = stage === null ? 'data.files' : `stages.${stage}.data.files`;
  const own = file === undefined ? [] : [`${at}=${JSON.stringify([requireFile(shell, file)])}`];
  const request = { ...readConfigFile(shell, config!), overrides: [...set, ...own], stage, examples };
  const result = await withHost(shell, (client) => {
    return streamJob(shell, (signal) => client.datasets.checkConfig(request, { signal }));
  });
  const check = configCheckSchema.parse(result);
  shell.print(json ? jsonLine(check, 2) : renderConfigCheck(check, usesColor(shell)));
  return check.problem === null ? EXIT.ok : EXIT.failure;
}

async function checkFile(shell: Shell, file: string, flags: CheckFlags): Promise<number> {
  const { model, column: columns, maxLength, truncationSide, trainOn, specialTokens, examples, json } = flags;
  const limits = { max_length: maxLength, truncation_side: truncationSide };
  const requested = { model, ...limits, train_on: trainOn, special_tokens: specialTokens };
  const given = Object.fromEntries(Object.entries(requested).filter(([, value]) => value !== undefined));
  const request = { folder: shell.folder, file: requireFile(shell, file), options: { columns, examples, ...given } };
  const result = await withHost(shell, (client) => {
    return streamJob(shell, (signal) => client.datasets.check(request, { signal }));
  });
  const report = datasetReportSchema.parse(result);
  shell.print(json ? jsonLine(report, 2) : renderDatasetReport(report, usesColor(shell)));
  const { rows, tokens } = report;
  const isUnusable =
    rows.good === 0 || (tokens !== null && tokens.rows > 0 && tokens.rowsWithoutTrained === tokens.rows);
  return isUnusable ? EXIT.failure : EXIT.ok;
}

/** `keel dataset check [FILE]`. */
export const addDataset: AddCommand = (program, { shell, exit }) => {
  const command = program
    .command('dataset')
    .description('inspect datasets')
    .command('check')
    .description('show type, counts, lengths, bad rows by line, and the exact tokens that the trainer will see')
    .argument(
      '[file]',
      '.jsonl, .json, .csv, .tsv, .txt (also .gz, .zst), .parquet, .arrow, .feather (default: those of --config)',
    )
    .option('--config <config>', 'use the data settings, the recipe, and the model of a run; shows what it trains on')
    .option('--set <path=value>', 'override a value of the config; can be repeated', collect, [])
    .option('--stage <stage>', 'stage of a pipeline whose data is checked')
    .option('--model <dir>', 'model folder whose tokenizer is used to count and show tokens')
    .option('--column <name=column>', 'a column that has another name in the file; can be repeated', collectColumn, {})
    .option('--max-length <n>', 'maximum length of an example in tokens', wholeNumber(1))
    .addOption(new Option('--truncation-side <side>', 'end at which longer ones are cut').choices(['left', 'right']))
    .addOption(new Option('--train-on <part>', 'tokens to train on').choices(['assistant', 'completion', 'all']))
    .addOption(
      new Option('--special-tokens <how>', 'special tokens that the text spells out').choices(['text', 'parse']),
    )
    .option('--examples <n>', 'number of examples to show as tokens', wholeNumber(0), 3)
    .option(...JSON_OPTION);
  command.action(async (file: string | undefined, flags: CheckFlags) => {
    const { model, maxLength, truncationSide, trainOn, specialTokens } = flags;
    const others = [model, maxLength, truncationSide, trainOn, specialTokens, ...Object.keys(flags.column)];
    const isMixed = flags.config !== undefined && others.some((value) => value !== undefined);
    if (isMixed) command.error('error: with --config, set these values in the config, or by --set');
    if (flags.config !== undefined) exit(await checkConfig(shell, file, flags));
    else if (file === undefined) command.error("error: missing required argument 'file' (or --config)");
    else exit(await checkFile(shell, file, flags));
  });
};
