import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WritableDb } from '../../src-main/store/database.ts';
import { insertRun } from '../../src-main/store/queries/runs.ts';

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'keel-store-'));
}

/** A run row to hang other rows on; gives its number. */
export function addRun(db: WritableDb, id = '20260101-000000-one'): number {
  const place = { parent: null, stage: null, folder: '/runs/one', baseFolder: '/', device: 'default' };
  return insertRun(db, { id, name: 'one', recipe: 'sft', ...place, configGiven: '{}', config: {}, createdAt: 1 });
}
