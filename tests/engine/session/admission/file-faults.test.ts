import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { FaultList } from '#engine/session/admission/fault-list.ts';
import { checkFile } from '#engine/session/admission/file-faults.ts';

const folder = mkdtempSync(join(tmpdir(), 'keel-file-faults-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function check(text: string, goesOn: boolean) {
  const file = join(folder, 'rows.jsonl');
  writeFileSync(file, text);
  const faults = new FaultList();
  const read = await checkFile(
    faults,
    { where: 'data.files[0]', file },
    {
      columns: {},
      skipBadRows: false,
      maxRecords: 10,
      maxCharacters: 100,
      requireKind: () => undefined,
      goesOn: () => goesOn,
      progress: () => undefined,
    },
  );
  return { codes: faults.faults.map(({ code }) => code), count: read.count, isWhole: read.isWhole };
}

const ROWS = '{"prompt": "a"}\n{"prompt": "b"}\n';

test('a file of which no row was reached in time is left to the run, not called empty', async () => {
  expect(await check(ROWS, false)).toEqual({ codes: [], count: 0, isWhole: false });
  expect(await check(ROWS, true)).toEqual({ codes: [], count: 2, isWhole: true });
});

test('a file without rows is a fault', async () => {
  expect((await check('\n', true)).codes).toEqual(['dataset.empty']);
});
