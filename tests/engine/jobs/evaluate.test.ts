import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readTask } from '#contract/benchmarks/task-file.ts';
import type { JobRequest } from '#engine/protocol.ts';
import { tellOfJob } from '../../support/run-job.ts';
import { runtimeKinds } from '../../support/runtimes.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const FOLDER = join(FIXTURES, 'benchmarks');

interface Expected {
  readonly metrics: Readonly<Record<string, number>>;
  readonly answers: readonly (string | readonly number[])[];
}

/** Scores of lm-evaluation-harness 0.4.13 on the same models and files: tests/golden/make_task_scores.py. */
const expected = JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as Readonly<Record<string, Expected>>;

/** A task's file, changed or not, with a model of the fixtures. */
function jobOf(model: string, name: string, limit: number | null, change = (text: string) => text): JobRequest {
  const file = join(FOLDER, `${name}.yaml`);
  const { task, dataFile } = readTask(change(readFileSync(file, 'utf8')), file);
  const folder = join(FIXTURES, 'golden-iterations/models', model);
  return { kind: 'evaluate', model: folder, task, data: join(FOLDER, dataFile), limit };
}

async function run(job: JobRequest) {
  const runtime = await runtimeKinds[0]!.start();
  try {
    const { rows, result } = await tellOfJob(runtime, job);
    return { rows: rows as readonly Row[], result: result as Result };
  } finally {
    runtime.dispose();
  }
}

const evaluate = (model: string, name: string, limit: number | null = null) => run(jobOf(model, name, limit));

interface Row {
  readonly logprobs?: readonly number[];
  readonly text?: string;
}

interface Result {
  readonly task: string;
  readonly questions: number;
  readonly truncated: number;
  readonly metrics: Readonly<Record<string, { readonly value: number; readonly stderr: number | null }>>;
}

describe.each(Object.entries(expected))('%s as in lm-evaluation-harness', (key, { metrics, answers }) => {
  const [model, task] = key.split(' ') as [string, string];

  test('scores, standard errors, and answers', async () => {
    const { rows, result } = await evaluate(model, task);
    expect(result).toMatchObject({ task, questions: answers.length, truncated: task === 'letters' ? 1 : 0 });
    const names = Object.keys(metrics).filter((name) => !name.endsWith('_stderr'));
    expect(Object.keys(result.metrics)).toEqual(names);
    for (const name of names) {
      // Equal, not near: each question is right or wrong.
      expect(result.metrics[name]!.value).toBeCloseTo(metrics[name]!, 12);
      expect(result.metrics[name]!.stderr).toBeCloseTo(metrics[`${name}_stderr`]!, 12);
    }
    expect(rows).toHaveLength(answers.length);
    for (const [at, answer] of answers.entries()) {
      if (typeof answer === 'string') expect(rows[at]!.text).toBe(answer);
      else {
        const apart = answer.map((value, choice) => Math.abs(value - rows[at]!.logprobs![choice]!));
        expect(rows[at]!.logprobs).toHaveLength(answer.length);
        expect(Math.max(...apart)).toBeLessThan(1e-4);
      }
    }
  });
});

test('a limit takes the first questions, and one question has no standard error', async () => {
  const [all, some, one] = [
    await evaluate('neox', 'letters'),
    await evaluate('neox', 'letters', 5),
    await evaluate('neox', 'letters', 1),
  ];
  expect(some.rows).toHaveLength(5);
  for (const [at, { logprobs }] of some.rows.entries())
    for (const [choice, value] of logprobs!.entries()) expect(value).toBeCloseTo(all.rows[at]!.logprobs![choice]!, 4);
  expect(one.result.metrics.acc!.stderr).toBeNull();
});

test('a row without the column that a template names is refused with its line', async () => {
  const job = jobOf('neox', 'replies', 2, (text) => text.replace('"{{answer}}"', '"{{solution}}"'));
  await expect(run(job)).rejects.toMatchObject({
    code: 'input_rows_bad',
    faults: [
      { where: 'line 1', why: 'has no column "solution"' },
      { where: 'line 2', why: 'has no column "solution"' },
    ],
  });
});
