import { readFileSync } from 'node:fs';
import { readTask, type TaskFile } from '#contract/benchmarks/task-file.ts';
import { KeelError } from '#contract/errors.ts';

/** Reads the file of a benchmark task. Throws `input_unreadable`, `config_unreadable`, and `task_unusable`. */
export function readTaskFile(path: string): TaskFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new KeelError({
      code: 'input_unreadable',
      why: `The task ${path} could not be read (${(cause as NodeJS.ErrnoException).code ?? String(cause)}).`,
      fix: 'Specify the path of a YAML file in the layout of lm-evaluation-harness.',
      cause,
    });
  }
  return readTask(text, path);
}
