import { describe, expect, it } from 'vitest';
import { KeelError } from '#contract/errors.ts';
import type { ColumnMapping } from '#engine/dataset/dataset-format.ts';
import { readRecords } from '#engine/dataset/readers/read-records.ts';
import { useFiles } from './files.ts';

const file = useFiles();

async function open(name: string, content: string, columns: ColumnMapping = {}) {
  try {
    return (await readRecords(file(name, content), { columns })).format;
  } catch (error) {
    if (error instanceof KeelError) return error.toShape();
    throw error;
  }
}

describe('a file without a readable row', () => {
  it('names the rows and a remedy that is not the command that failed', async () => {
    expect(await open('a.csv', 'prompt,prompt\na,b\n')).toMatchObject({
      code: 'dataset.empty',
      why: expect.stringContaining('line 1: the row contains the column "prompt" twice'),
      fix: expect.not.stringContaining('dataset check'),
      faults: [{ where: 'line 1', why: 'contains the column "prompt" twice' }],
    });
    const empty = { code: 'dataset.empty', why: expect.stringContaining('contains no rows') };
    expect(await open('b.csv', 'prompt,completion\n')).toMatchObject(empty);
  });
});

it('the list that holds the rows of a JSON object is named', async () => {
  const text = '{"version": 2, "data": [{"prompt": "a"}]}';
  expect(await open('a.json', text)).toMatchObject({ fileKind: 'json', type: 'prompt_only', rowsFrom: 'data' });
  for (const other of ['[{"prompt": "a"}]', '{"prompt": ["a", "b"]}', '{"prompt": "a"}\n{"prompt": "b"}'])
    expect(await open('b.json', other)).not.toHaveProperty('rowsFrom');
});

describe('columns', () => {
  it('are found under a name with blanks around it, mapped as in the header or without them', async () => {
    const text = ' question ,answer\na,b\n';
    const columns = { prompt: 'question', completion: 'answer' };
    expect(await open('a.csv', text, columns)).toMatchObject({ type: 'prompt_completion', columns });
    expect(await open('a.csv', text, { ...columns, prompt: ' question ' })).toMatchObject({ columns });
    const wrong = await open('c.csv', text, { prompt: 'query' });
    expect(wrong).toMatchObject({
      code: 'dataset.missing_column',
      why: expect.stringContaining('"question", "answer"'),
    });
    expect(await open('b.csv', ' prompt , completion\na,b\n')).toMatchObject({ type: 'prompt_completion' });
  });

  it('of a file without a header are not quoted at length', async () => {
    const secret = 'word '.repeat(100);
    const error = await open('a.csv', `${secret},b\nc,d\n`);
    expect(error).toMatchObject({ code: 'dataset.unknown_columns' });
    expect(JSON.stringify(error).length).toBeLessThan(600);
  });
});
