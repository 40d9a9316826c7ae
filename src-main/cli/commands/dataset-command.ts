import { InvalidArgumentError, Option } from 'commander';
import { datasetReportSchema } from '#contract/api/library/datasets.ts';
import { type AddCommand, JSON_OPTION } from '../command-context.ts';
import { jsonLine } from '../output.ts';
import { wholeNumber } from '../parse-number.ts';
import { requireFile } from '../read-lines.ts';
import { renderDatasetReport } from '../render-dataset-report.ts';
import { streamJob } from '../stream-job.ts';
import { withHost } from '../with-host.ts';

interface CheckFlags {
  readonly model?: string;
  readonly column: Readonly<Record<string, string>>;
  readonly maxLength?: number;
  readonly trainOn?: string;
  readonly examples: number;
  readonly json?: boolean;
}

function collectColumn(text: string, earlier: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [column, name] = text.split('=');
  if (!column || !name) throw new InvalidArgumentError('Write it in the form prompt=question.');
  return { ...earlier, [column]: name };
}

/** `keel dataset check FILE`. */
export const addDataset: AddCommand = (program, { shell }) => {
  program
    .command('dataset')
    .description('inspect datasets')
    .command('check')
    .description('show type, counts, lengths, bad rows by line, and the exact tokens that the trainer will see')
    .argument('<file>', '.jsonl, .json, .csv, .parquet, or .txt file, gzipped or not')
    .option('--model <dir>', 'model folder whose tokenizer is used to count and show tokens')
    .option('--column <name=column>', 'a column that has another name in the file; can be repeated', collectColumn, {})
    .option('--max-length <n>', 'maximum length of an example in tokens', wholeNumber(1))
    .addOption(new Option('--train-on <part>', 'tokens to train on').choices(['assistant', 'completion', 'all']))
    .option('--examples <n>', 'number of examples to show as tokens', wholeNumber(0), 3)
    .option(...JSON_OPTION)
    .action(async (file: string, flags: CheckFlags) => {
      const { model, column: columns, maxLength, trainOn, examples, json } = flags;
      const requested = { model, max_length: maxLength, train_on: trainOn };
      const given = Object.fromEntries(Object.entries(requested).filter(([, value]) => value !== undefined));
      const request = {
        folder: shell.folder,
        file: requireFile(shell, file),
        options: { columns, examples, ...given },
      };
      const result = await withHost(shell, (client) => {
        return streamJob(shell, (signal) => client.datasets.check(request, { signal }));
      });
      const color = shell.isTerminal && !shell.environment.NO_COLOR;
      shell.print(json ? jsonLine(result, 2) : renderDatasetReport(datasetReportSchema.parse(result), { color }));
    });
};
