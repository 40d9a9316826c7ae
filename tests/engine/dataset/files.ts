import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach } from 'vitest';
import { DEFAULT_LIMITS, type RawItem, type ReadLimits } from '#engine/dataset/readers/raw-rows.ts';
import { readRows } from '#engine/dataset/readers/read-rows.ts';

export function fixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/data/${name}`, import.meta.url));
}

/** A folder for each test; gives a function that writes a file there and says its path. */
export function useFiles(): (name: string, content: string | Uint8Array) => string {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dataset-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  return (name, content) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
}

/** Rows as plain objects, faults as `line: reason`. */
export async function readAll(path: string, limits: Partial<ReadLimits> = {}): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of readRows(path, { limits: { ...DEFAULT_LIMITS, ...limits } })) items.push(plain(item));
  return items;
}

function plain(item: RawItem): unknown {
  if ('fault' in item) return `${item.fault.line}: ${item.fault.reason}`;
  return { line: item.row.line, ...Object.fromEntries(item.row.fields) };
}
