import type { AddCommand } from '../command-context.ts';
import { jsonLine } from '../output.ts';
import { readJobInput } from '../read-lines.ts';
import { streamJob } from '../stream-job.ts';
import { withHost } from '../with-host.ts';
import { BASE, JSON_LINES, MODEL, type SpecialTokens, specialTokens } from './text-options.ts';

const INPUT = ['--input <file>', 'JSON lines or another file of rows, or - for standard input'] as const;

interface InputFlags {
  readonly model: string;
  readonly input: string;
  readonly base?: string | null;
  readonly specialTokens: SpecialTokens;
}

const examples = (command: string) => `
Examples:
  keel ${command} --model ./my-model --input texts.jsonl
  echo '{"text": "The lamp is on its way."}' | keel ${command} --model ./my-model --input -
  echo '{"messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi!"}]}' \\
    | keel ${command} --model ./my-model --input -`;

/** `keel score` and `keel reward`: they print JSON lines with or without `--json`. */
export const addScoring: AddCommand = (program, { shell }) => {
  const print = (row: unknown) => shell.print(jsonLine(row));
  const { folder } = shell;
  program
    .command('score')
    .description(
      'log-probability of every token after the first: {"text"}, {"ids"}, or {"messages"} in, {"ids","logprobs"} out',
    )
    .requiredOption(...MODEL)
    .option(...BASE)
    .requiredOption(...INPUT)
    .addOption(specialTokens())
    .option(...JSON_LINES)
    .addHelpText('after', examples('score'))
    .action(async ({ model, base = null, input: file, specialTokens: how }: InputFlags) => {
      const input = readJobInput(shell, file);
      await withHost(shell, (client) => {
        return streamJob(
          shell,
          (signal) => client.jobs.score({ folder, model, base, input, specialTokens: how }, { signal }),
          print,
        );
      });
    });
  program
    .command('reward')
    .description('score of a reward model: {"text"}, {"ids"}, or {"messages"} in, {"reward"} out')
    .requiredOption(...MODEL)
    .option(...BASE)
    .requiredOption(...INPUT)
    .addOption(specialTokens())
    .option(...JSON_LINES)
    .addHelpText('after', examples('reward'))
    .action(async ({ model, base = null, input: file, specialTokens: how }: InputFlags) => {
      const input = readJobInput(shell, file);
      await withHost(shell, (client) => {
        return streamJob(
          shell,
          (signal) => client.jobs.reward({ folder, model, base, input, specialTokens: how }, { signal }),
          print,
        );
      });
    });
};
