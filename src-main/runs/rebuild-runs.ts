import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { detailSchema } from '#contract/api/run-records.ts';
import { runStateSchema } from '#contract/api/run-state.ts';
import { runIdSchema } from '#contract/ids.ts';
import { listCheckpoints as foldersOf } from '#engine/session/checkpoints.ts';
import { inTransaction } from '../store/database.ts';
import type { Store } from '../store/open-store.ts';
import { upsertCheckpoint } from '../store/queries/checkpoints.ts';
import { insertEvent, lastSequence } from '../store/queries/events.ts';
import { endRun, insertRun, readRun } from '../store/queries/runs.ts';

const manifestSchema = z.object({
  id: runIdSchema,
  name: z.string(),
  recipe: z.string(),
  parent: z.string().nullable(),
  stage: z.string().nullable(),
  createdAt: z.int(),
  baseFolder: z.string(),
  configGiven: z.string(),
  state: runStateSchema,
  summary: detailSchema.nullable(),
});
type FoundRun = z.infer<typeof manifestSchema>;

/** Runs whose folder tells enough, oldest id first; a folder that does not is left alone. */
function foundRuns(folder: string): readonly FoundRun[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const file = join(folder, name, 'run.json');
      if (!existsSync(file)) return [];
      const parsed = manifestSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
      return parsed.success && parsed.data.id === name ? [parsed.data] : [];
    });
}

function folderBytes(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

function rebuildCheckpoints(store: Store, run: number, folder: string, now: number): void {
  for (const { step, folder: checkpoint } of foldersOf(folder)) {
    const manifest = readFileSync(join(checkpoint, 'manifest.json'), 'utf8');
    const manifestHash = createHash('sha256').update(manifest).digest('hex');
    const row = { step, folder: checkpoint, manifestHash, bytes: folderBytes(checkpoint), isBest: false };
    upsertCheckpoint(store.write, run, row, now, lastSequence(store.read, run) + 1);
  }
}

function rebuildRun(store: Store, runs: string, found: FoundRun, now: number): void {
  const folder = join(runs, found.id);
  const config = detailSchema.parse(parse(readFileSync(join(folder, 'config.yaml'), 'utf8')));
  const parent = found.parent && readRun(store.read, found.parent) ? found.parent : null;
  const run = insertRun(store.write, { ...found, parent, config, folder, device: 'default' });
  const state = found.state === 'finished' ? 'finished' : 'interrupted';
  endRun(store.write, run, { state, at: now, summary: found.summary, error: null });
  const detail = { why: 'the run store was damaged; metrics and samples of this run are in the files moved aside' };
  insertEvent(store.write, run, { sequence: 1, at: now, step: null, level: 'warning', name: 'rebuilt', detail });
  rebuildCheckpoints(store, run, folder, now);
}

/** Adds the runs whose folders exist and whose rows do not. Gives their ids; pipelines come before their stages. */
export function rebuildRuns(store: Store, home: string, now: number): readonly string[] {
  const runs = join(home, 'runs');
  const missing = foundRuns(runs).filter((found) => readRun(store.read, found.id) === null);
  const ordered = [
    ...missing.filter((found) => found.parent === null),
    ...missing.filter((found) => found.parent !== null),
  ];
  for (const found of ordered) inTransaction(store.write, () => rebuildRun(store, runs, found, now));
  return ordered.map((found) => found.id);
}
