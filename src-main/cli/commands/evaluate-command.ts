import { taskResultSchema } from '#contract/api/jobs.ts';
import type { AddCommand } from '../command-context.ts';
import { jsonLine } from '../output.ts';
import { wholeNumber } from '../parse-number.ts';
import type { Shell } from '../shell.ts';
import { streamJob } from '../stream-job.ts';
import { withHost } from '../with-host.ts';
import { BASE, MODEL } from './text-options.ts';

interface EvaluateFlags {
  readonly model: string;
  readonly base?: string | null;
  readonly task: readonly string[];
  readonly limit?: number | null;
  readonly samples?: boolean;
  readonly json?: boolean;
}

const collect = (task: string, earlier: readonly string[] = []) => [...earlier, task];

const EXAMPLES = `
Examples:
  keel evaluate --model run:latest/policy --task arc.yaml
  keel evaluate --model ./my-model --task arc.yaml --task sums.yaml --json`;

function printResult(shell: Shell, result: unknown): void {
  const { task, questions, truncated, metrics } = taskResultSchema.parse(result);
  for (const [metric, { value, stderr }] of Object.entries(metrics)) {
    const error = stderr === null ? '' : ` ± ${stderr.toFixed(4)}`;
    shell.print(`${task}  ${metric}  ${value.toFixed(4)}${error}  (${questions} questions)`);
  }
  if (truncated > 0)
    shell.print(`${task}  ${truncated} questions lost their beginning: they exceed the model's context`);
}

/** `keel evaluate`: scores of a model on tasks in the layout of lm-evaluation-harness. */
export const addEvaluate: AddCommand = (program, { shell }) => {
  const { folder } = shell;
  program
    .command('evaluate')
    .description('score a model on local tasks in the layout of lm-evaluation-harness: accuracy and exact match')
    .requiredOption(...MODEL)
    .option(...BASE)
    .requiredOption('--task <file>', 'YAML file of a multiple_choice or generate_until task; can be repeated', collect)
    .option('--limit <n>', 'only the first n questions of each task', wholeNumber(1))
    .option('--samples', "also print each question's answer as a JSON line")
    .option('--json', 'one JSON object per task')
    .addHelpText('after', EXAMPLES)
    .action(async ({ model, base = null, task: tasks, limit = null, samples, json }: EvaluateFlags) => {
      await withHost(shell, async (client) => {
        for (const task of tasks) {
          const result = await streamJob(
            shell,
            (signal) => client.jobs.evaluate({ folder, model, base, task, limit }, { signal }),
            (row) => void (samples && shell.print(jsonLine(row))),
          );
          if (json) shell.print(jsonLine(result));
          else printResult(shell, result);
        }
      });
    });
};
