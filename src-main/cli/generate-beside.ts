import type { GenerateRequest } from '#contract/api/jobs.ts';
import type { ApiClient } from '#contract/api/typed-client.ts';
import { jsonLine } from './output.ts';
import type { Shell } from './shell.ts';
import { streamJob } from './stream-job.ts';

/**
 * Lets several models answer the same prompts, one model after the other, and prints `{"responses": [{"model", "text",
 * "ids"}]}` for each prompt once all have answered. Adapters of one base, and the base itself, share one copy of it.
 */
export async function generateBeside(
  shell: Shell,
  client: ApiClient,
  models: readonly string[],
  request: Omit<GenerateRequest, 'model' | 'conversation'>,
): Promise<void> {
  const conversation = crypto.randomUUID();
  const answers: (readonly object[])[] = [];
  try {
    for (const model of models) {
      const rows: object[] = [];
      const call = (signal: AbortSignal) => client.jobs.generate({ ...request, model, conversation }, { signal });
      await streamJob(shell, call, (row) => rows.push({ model, ...(row as object) }));
      answers.push(rows);
    }
  } finally {
    await client.jobs.release({ conversation });
  }
  for (const prompt of answers[0]!.keys()) shell.print(jsonLine({ responses: answers.map((rows) => rows[prompt]) }));
}
