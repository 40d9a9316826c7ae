import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTask } from '#contract/benchmarks/task-file.ts';
import { KeelError } from '#contract/errors.ts';

const text = readFileSync(join(import.meta.dirname, '../../fixtures/benchmarks/replies.yaml'), 'utf8');

/** What is wrong with a task. */
function faultsOf(changed: string): readonly unknown[] {
  try {
    readTask(changed, 'task.yaml');
    return [];
  } catch (error) {
    if (!(error instanceof KeelError)) throw error;
    expect(error.code).toBe('task_unusable');
    return error.faults ?? [];
  }
}

test('a task of the harness', () => {
  expect(readTask(text, 'task.yaml')).toEqual({
    dataFile: 'replies.jsonl',
    task: {
      name: 'replies',
      outputType: 'generate_until',
      description: '',
      docToText: 'question',
      docToTarget: '{{answer}}',
      docToChoice: null,
      targetDelimiter: ' ',
      until: ['g', ' e'],
      maxGenToks: 9,
      metrics: [{ metric: 'exact_match', ignoreCase: true, ignorePunctuation: true, ignoreNumbers: false }],
    },
  });
});

test('the test split comes before the validation split', () => {
  const both = text
    .replace('validation: replies.jsonl', 'validation: v.jsonl\n    test: [t.jsonl]')
    .replace('validation_split: validation', 'validation_split: validation\ntest_split: test');
  expect(readTask(both, 'task.yaml').dataFile).toBe('t.jsonl');
});

test('what Keel does not evaluate as the harness does is refused', () => {
  expect(faultsOf(`${text}process_docs: !function utils.process\n`)).toEqual([
    { where: `line ${text.split('\n').length}`, why: 'calls Python code (!function)' },
  ]);
  expect(faultsOf(`${text}filter_list: []\n`)).toEqual([{ where: 'filter_list', why: 'is not supported' }]);
  const several = text
    .replace('do_sample: false', 'do_sample: true')
    .replace('metric: exact_match', 'metric: acc')
    .replace('validation_split: validation', 'num_fewshot: 5');
  expect(faultsOf(several).map((fault) => (fault as { where: string }).where)).toEqual([
    'num_fewshot',
    'generation_kwargs.do_sample',
  ]);
  expect(faultsOf(text.replace('metric: exact_match', 'metric: acc'))).toEqual([
    { where: 'metric_list.0', why: 'acc is not a metric of generate_until tasks here' },
  ]);
  expect(faultsOf(text.replace('output_type: generate_until', 'output_type: multiple_choice'))).toEqual([
    { where: 'metric_list.0', why: 'exact_match is not a metric of multiple_choice tasks here' },
    { where: 'doc_to_choice', why: 'is missing' },
  ]);
});
