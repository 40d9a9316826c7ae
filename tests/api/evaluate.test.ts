import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { taskResultSchema } from '#contract/api/jobs.ts';
import { libraryHost } from '../library/library-host.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures');
const FOLDER = join(FIXTURES, 'benchmarks');
const MODEL = join(FIXTURES, 'golden-iterations/models/neox');

it('evaluates a task whose data lie beside it, and names a task that is not there', { timeout: 120_000 }, async () => {
  const { client, home } = libraryHost();
  const results: unknown[] = [];
  const request = { folder: home, model: MODEL, task: join(FOLDER, 'letters.yaml') };
  for await (const message of await client.jobs.evaluate(request))
    if (message.kind === 'result') results.push(message.result);
  const expected = JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as {
    readonly 'neox letters': { readonly metrics: { readonly acc: number } };
  };
  const [result] = results.map((one) => taskResultSchema.parse(one));
  expect(result?.metrics.acc?.value).toBeCloseTo(expected['neox letters'].metrics.acc, 12);

  const absent = client.jobs.evaluate({ ...request, task: join(FOLDER, 'none.yaml') });
  await expect(absent.then((messages) => messages[Symbol.asyncIterator]().next())).rejects.toMatchObject({
    data: { code: 'input_unreadable' },
  });
});
