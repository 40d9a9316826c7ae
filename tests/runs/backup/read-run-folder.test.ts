import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LEDGER_FILE } from '#contract/run-events.ts';
import { readRunFolder } from '../../../src-main/runs/backup/read-run-folder.ts';
import { writeRunManifest } from '../../../src-main/runs/host/run-folder.ts';
import { temporaryHome } from '../fake-host.ts';

test('a summary that is not finite comes back from the folder of a run as it was, and its paths as relative ones', () => {
  const id = '20260101-000000-run';
  const folder = join(temporaryHome(), 'runs', id);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.yaml'), 'model: /old/models/one\n');
  const manifest = {
    format: 1 as const,
    ...{ id, name: 'run', recipe: 'sft', parent: null, stage: null, createdAt: 1, state: 'finished' },
    ...{ baseFolder: '/data', configGiven: 'model: x', folder: `/old/runs/${id}` },
    summary: { loss: Number.NaN, most: Number.POSITIVE_INFINITY, model: '/old/models/one' },
  };
  writeRunManifest(folder, manifest);
  const place = { file: '/old/files/a.jsonl', line: 3 };
  const ledger = {
    files: [{ role: 'data', path: '/old/files/a.jsonl', rows: 9 }],
    ...{ read: 9, training: 7, heldOut: 1, notices: [], limit: null, trained: 60 },
    leftOut: [{ reason: 'exact_repeat', rows: 1, places: [{ ...place, repeats: place }] }],
  };
  writeFileSync(join(folder, LEDGER_FILE), JSON.stringify(ledger));
  const found = readRunFolder(folder);
  expect(found).toMatchObject({ summary: { loss: Number.NaN, most: Number.POSITIVE_INFINITY } });
  expect(typeof found === 'object' && found.summary?.model).toBe(typeof found === 'object' && found.config.model);
  expect(typeof found === 'object' && found.config.model).not.toContain('/old');
  expect(typeof found === 'object' && found.ledger).toMatchObject({ read: 9, training: 7, leftOut: [{ rows: 1 }] });
  expect(JSON.stringify(found)).not.toContain('/old/files');
});
