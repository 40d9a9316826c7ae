import { Option } from 'commander';
import { KeelError } from '#contract/errors.ts';
import { type AddCommand, collect } from '../command-context.ts';
import { jsonLine } from '../output.ts';
import { realNumber, wholeNumber } from '../parse-number.ts';
import { readJobInput } from '../read-lines.ts';
import { streamJob } from '../stream-job.ts';
import { withHost } from '../with-host.ts';

const MODEL = ['--model <dir>', 'model folder or GGUF file, or the output of a run: run:<id>/policy'] as const;
const INPUT = ['--input <file>', 'JSON lines or another file of rows, or - for standard input'] as const;
const specialTokens = () =>
  new Option('--special-tokens <how>', 'special tokens that the input spells out: ordinary text, or parsed as tokens')
    .choices(['text', 'parse'])
    .default('text');
const JSON_LINES = ['--json', 'the default: one JSON object per line'] as const;

type SpecialTokens = 'text' | 'parse';

interface InputFlags {
  readonly model: string;
  readonly input: string;
  readonly specialTokens: SpecialTokens;
}

interface GenerateFlags {
  readonly model: string;
  readonly prompt?: string;
  readonly input?: string;
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly stop: string[];
  readonly seed: number;
  readonly specialTokens: SpecialTokens;
}

const addScoring: AddCommand = (program, { shell }) => {
  const print = (row: unknown) => shell.print(jsonLine(row));
  const { folder } = shell;
  program
    .command('score')
    .description(
      'log-probability of every token after the first: {"text"}, {"ids"}, or {"messages"} in, {"ids","logprobs"} out',
    )
    .requiredOption(...MODEL)
    .requiredOption(...INPUT)
    .addOption(specialTokens())
    .option(...JSON_LINES)
    .action(async ({ model, input: file, specialTokens: how }: InputFlags) => {
      const input = readJobInput(shell, file);
      await withHost(shell, (client) => {
        return streamJob(
          shell,
          (signal) => client.jobs.score({ folder, model, input, specialTokens: how }, { signal }),
          print,
        );
      });
    });
  program
    .command('reward')
    .description('score of a reward model: {"text"}, {"ids"}, or {"messages"} in, {"reward"} out')
    .requiredOption(...MODEL)
    .requiredOption(...INPUT)
    .addOption(specialTokens())
    .option(...JSON_LINES)
    .action(async ({ model, input: file, specialTokens: how }: InputFlags) => {
      const input = readJobInput(shell, file);
      await withHost(shell, (client) => {
        return streamJob(
          shell,
          (signal) => client.jobs.reward({ folder, model, input, specialTokens: how }, { signal }),
          print,
        );
      });
    });
};

/** `keel score`, `keel reward`, and `keel generate`: they print JSON lines with or without `--json`. */
export const addTextCommands: AddCommand = (program, context) => {
  addScoring(program, context);
  const { shell } = context;
  program
    .command('generate')
    .description('continue prompts: {"prompt"} or {"messages"} in, {"text","ids"} out')
    .requiredOption(...MODEL)
    .option('--prompt <text>', 'one prompt')
    .option('--input <file>', 'JSON lines of prompts, or - for standard input')
    .option('--max-new-tokens <n>', 'maximum length of a response in tokens', wholeNumber(1), 64)
    .option('--temperature <t>', 'sampling temperature; 0 always takes the most likely token', realNumber(0), 1)
    .option('--top-k <k>', 'sample from the k most likely tokens; 0 for all', wholeNumber(0), 0)
    .option('--top-p <p>', 'sample from the most likely tokens whose probabilities sum to p', realNumber(0), 1)
    .option('--stop <text>', 'end a response before this text; can be repeated', collect, [])
    .option('--seed <s>', 'seed for sampling', wholeNumber(0), 0)
    .addOption(specialTokens())
    .option(...JSON_LINES)
    .action(async ({ prompt, input: file, ...flags }: GenerateFlags) => {
      if ((prompt === undefined) === (file === undefined)) {
        throw new KeelError({
          code: 'prompt_missing',
          why: 'Exactly one of --prompt TEXT and --input FILE is required.',
          fix: 'See `keel generate --help`.',
        });
      }
      const input = file === undefined ? { rows: [{ prompt }] } : readJobInput(shell, file);
      const request = { ...flags, folder: shell.folder, input };
      await withHost(shell, (client) => {
        const call = (signal: AbortSignal) => client.jobs.generate(request, { signal });
        return streamJob(shell, call, (row) => shell.print(jsonLine(row)));
      });
    });
};
