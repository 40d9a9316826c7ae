import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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
  const found = readRunFolder(folder);
  expect(found).toMatchObject({ summary: { loss: Number.NaN, most: Number.POSITIVE_INFINITY } });
  expect(typeof found === 'object' && found.summary?.model).toBe(typeof found === 'object' && found.config.model);
  expect(typeof found === 'object' && found.config.model).not.toContain('/old');
});
