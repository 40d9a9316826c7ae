import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '#engine/dataset/readers/raw-rows.ts';
import { readRows } from '#engine/dataset/readers/read-rows.ts';
import { useFiles } from '../files.ts';

const file = useFiles();

// Made by tests/fixtures/readers/make.py: files, and the rows that the csv module, json, pandas, and pyarrow read.
const FOLDER = fileURLToPath(new URL('../../../fixtures/readers', import.meta.url));

interface Expected {
  readonly rows: readonly { readonly line: number; readonly fields: Readonly<Record<string, unknown>> }[];
  /** Lines of the rows that are refused. */
  readonly faults: readonly number[];
}

const EXPECTED = JSON.parse(readFileSync(`${FOLDER}/expected.json`, 'utf8')) as Readonly<Record<string, Expected>>;

/** Texts of more than 10,000 characters by their hash, as the file of expected values has them. */
function shortened([name, value]: [string, unknown]): [string, unknown] {
  const isLong = typeof value === 'string' && value.length > 10_000;
  return [name, isLong ? `sha256:${createHash('sha256').update(value).digest('hex')}` : value];
}

async function read(name: string): Promise<Expected> {
  const rows: Expected['rows'][number][] = [];
  const faults: number[] = [];
  for await (const item of readRows(`${FOLDER}/${name}`, { limits: DEFAULT_LIMITS })) {
    if ('fault' in item) faults.push(item.fault.line);
    else rows.push({ line: item.row.line, fields: Object.fromEntries([...item.row.fields].map(shortened)) });
  }
  return { rows, faults };
}

interface RandomText {
  readonly text: string;
  /** Records after the header; null for those with another number of fields than the header. */
  readonly rows: readonly (readonly string[] | null)[];
  /** Whether the csv module accepts the text in strict mode. */
  readonly isStrict: boolean;
}

const RANDOM = JSON.parse(readFileSync(`${FOLDER}/random-csv.json`, 'utf8')) as readonly RandomText[];

async function readText(path: string) {
  const rows: (readonly unknown[] | null)[] = [];
  let isRefused = false;
  for await (const item of readRows(path, { limits: DEFAULT_LIMITS })) {
    if ('row' in item) rows.push([...item.row.fields.values()]);
    else if (item.fault.reason === 'field_count') rows.push(null);
    else isRefused = true;
  }
  return { rows, isRefused };
}

it('random CSV texts have the rows of the csv module, or are refused if it accepts them only loosely', async () => {
  let refused = 0;
  for (const { text, rows, isStrict } of RANDOM) {
    const read = await readText(file('random.csv', text));
    if (read.isRefused && !isStrict) refused++;
    else expect(read, JSON.stringify(text)).toEqual({ rows, isRefused: false });
  }
  expect(refused).toBeLessThan(RANDOM.length / 2);
});

describe('files are read as Python reads them', () => {
  it.each(Object.keys(EXPECTED))('%s', async (name) => {
    const { rows, faults } = EXPECTED[name] as Expected;
    expect(await read(name)).toEqual({ rows, faults });
  });

  it('each has an expected value', () => {
    const files = readdirSync(FOLDER).filter((name) => !/^(expected\.json|random-csv\.json|.*\.py)$/.test(name));
    expect(files.sort()).toEqual(Object.keys(EXPECTED).sort());
  });
});
