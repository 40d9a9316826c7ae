import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '#engine/dataset/readers/raw-rows.ts';
import { readRows } from '#engine/dataset/readers/read-rows.ts';

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

describe('files are read as Python reads them', () => {
  it.each(Object.keys(EXPECTED))('%s', async (name) => {
    const { rows, faults } = EXPECTED[name] as Expected;
    expect(await read(name)).toEqual({ rows, faults });
  });

  it('each has an expected value', () => {
    const files = readdirSync(FOLDER).filter((name) => !/^(expected\.json|.*\.py)$/.test(name));
    expect(files.sort()).toEqual(Object.keys(EXPECTED).sort());
  });
});
