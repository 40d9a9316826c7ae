import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { freshTinyWorld } from '../../../support/fresh-tiny-world.ts';
import type { TinyWorld } from '../../../support/tiny-world.ts';
import { openApp } from '../../support/app.ts';
import { seriousFaults } from '../../support/axe.ts';
import { layoutFaults } from '../../support/layout-faults.ts';

let world: TinyWorld;
beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  return fresh.remove;
});

/** Twelve rows: lines 11 and 12 repeat lines 1 and 2, line 4 has no completion, and line 6 is cut before its reply. */
function writeRows(file: string): void {
  const rows = Array.from({ length: 10 }, (_, n) => ({
    prompt: `${'abc'.repeat(n + 1)}:`,
    completion: ` ${'de'[n % 2]}`,
  }));
  const all: object[] = [...rows, rows[0]!, rows[1]!];
  all[3] = { prompt: 'abcabc:' };
  all[5] = { prompt: `${'abcdefgh '.repeat(40)}:`, completion: ' d' };
  writeFileSync(file, all.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

test('the form checks its data, and the run shows the same ledger', async () => {
  const file = join(world.folder, 'mixed.jsonl');
  writeRows(file);
  const app = await openApp({ roots: [world.folder] });
  const { page } = app;
  await app.open('/runs/new');
  const config = {
    ...{ recipe: 'sft', name: 'ledger', model: world.model, training: { max_steps: 2, batch_size: 2 } },
    data: { files: [file], held_out_fraction: 0, skip_bad_rows: true, max_length: 60, truncation_side: 'right' },
  };
  await page.getByLabel('Config as YAML').fill(stringify(config));
  const check = page.getByRole('region', { name: 'Data', exact: true });
  await check.getByRole('button', { name: 'Check' }).click();
  const summary = '12 rows read: 8 for training, 0 held out, 4 left out';
  await check.getByText(summary).waitFor();
  const told = [
    '1 row was left out: not usable (data.skip_bad_rows).',
    '2 rows were left out: exact duplication of another row',
    '1 row was left out: truncation removed every token',
    'There are no held-out rows',
  ];
  for (const words of told) await check.getByText(words).waitFor();
  await check.getByText('Line 4 (has no completion) of mixed.jsonl.').waitFor();
  await check.getByText('Lines 11 (repeats 1), 12 (repeats 2) of mixed.jsonl.').waitFor();
  expect(await layoutFaults(page)).toEqual([]);
  await page.getByRole('button', { name: 'Start' }).click();
  const panel = page.getByRole('region', { name: 'Data', exact: true });
  await panel.getByText(summary).waitFor();
  await panel.getByText('3 warnings').waitFor();
  expect(await panel.getByText('Line 4 (has no completion)').isVisible()).toBe(false);
  await panel.getByText(summary).click();
  for (const words of told) await panel.getByText(words).waitFor();
  for (const [theme, width] of [
    ['light', 900],
    ['dark', 1280],
  ] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.setViewportSize({ width, height: 800 });
    expect(await layoutFaults(page)).toEqual([]);
  }
  expect(await seriousFaults(page)).toEqual([]);
  expect(app.complaints).toEqual([]);
}, 240_000);
