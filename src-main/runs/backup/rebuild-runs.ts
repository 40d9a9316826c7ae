import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Detail } from '#contract/api/runs/run-records.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import { KeelError } from '#contract/errors.ts';
import { LEDGER_EVENT } from '#contract/run-events.ts';
import { checkpointFault, listCheckpoints as foldersOf } from '#engine/session/checkpoint/checkpoints.ts';
import { inTransaction } from '../../store/database.ts';
import type { Store } from '../../store/open-store.ts';
import { listCheckpoints, markRemoved, upsertCheckpoint } from '../../store/queries/checkpoints.ts';
import { insertEvent, lastSequence } from '../../store/queries/events.ts';
import { listArtifacts, upsertArtifact, upsertInput } from '../../store/queries/lineage.ts';
import { endRun, insertRun, readConfig, readRun } from '../../store/queries/runs.ts';
import { locateReferences } from '../host/artifact-references.ts';
import { type FoundRun, readArtifacts, readRunFolder, type SkippedFolder } from './read-run-folder.ts';

interface Noted {
  readonly name: string;
  readonly step: number | null;
  readonly detail: Detail;
}

function note(store: Store, run: number, at: number, { name, step, detail }: Noted): void {
  const sequence = lastSequence(store.write, run) + 1;
  insertEvent(store.write, run, { sequence, at, step, level: 'warning', name, detail });
}

function folderBytes(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** Updates the rows of a run's checkpoints and models to match its folder. */
function settleFiles(store: Store, run: number, folder: string, now: number): void {
  const known = new Map(listCheckpoints(store.write, run).map((one) => [one.step, one]));
  for (const { step, folder: place } of foldersOf(folder)) {
    const why = checkpointFault(place);
    if (why !== null) note(store, run, now, { name: 'checkpoint_rejected', step, detail: { folder: place, why } });
    else if (known.get(step)?.removedBecause !== null) addCheckpoint(store, run, place, step, now);
  }
  for (const { step, folder: place, removedBecause } of known.values())
    if (removedBecause === null && !existsSync(place)) markRemoved(store.write, run, step, 'missing');
  const made = new Set(listArtifacts(store.write, run).map(({ kind, tag }) => `${kind}@${tag}`));
  for (const artifact of readArtifacts(folder))
    if (!made.has(`${artifact.kind}@${artifact.tag}`)) upsertArtifact(store.write, run, artifact, now);
}

function addCheckpoint(store: Store, run: number, folder: string, step: number, now: number): void {
  const manifestHash = createHash('sha256')
    .update(readFileSync(join(folder, 'manifest.json')))
    .digest('hex');
  const row = { step, folder, manifestHash, bytes: folderBytes(folder), isBest: false };
  upsertCheckpoint(store.write, run, row, now, lastSequence(store.write, run) + 1);
}

function rebuildRun(store: Store, runs: string, found: FoundRun, now: number): void {
  const folder = join(runs, found.id);
  const parent = found.parent && readRun(store.write, found.parent) ? found.parent : null;
  const run = insertRun(store.write, { ...found, parent, folder, device: 'default' });
  const state = found.state === 'finished' ? 'finished' : 'interrupted';
  endRun(store.write, run, { state, at: now, summary: found.summary, error: null });
  const why = 'the run store was lost and no backup contains this run; its metrics and samples are lost';
  note(store, run, now, { name: 'rebuilt', step: null, detail: { why } });
  if (found.ledger) note(store, run, now, { name: LEDGER_EVENT, step: 0, detail: found.ledger });
  settleFiles(store, run, folder, now);
}

export interface Rebuilding {
  /** Ids of the rebuilt runs, pipelines before their stages. */
  readonly rebuilt: readonly string[];
  readonly skipped: readonly SkippedFolder[];
}

/** Restores the inputs that runs have from other runs, whose artifacts are needed as long as these runs exist. */
function rebuildInputs(store: Store, ids: readonly string[]): void {
  for (const id of ids) {
    const run = readRun(store.write, id);
    if (!run) continue;
    try {
      const { inputs } = locateReferences(store.write, readConfig(store.write, run.number).resolved);
      for (const input of inputs) upsertInput(store.write, run.number, input);
    } catch (error) {
      // It refers to something that no longer exists: a resume reports it.
      if (!(error instanceof KeelError)) throw error;
    }
  }
}

/** Adds runs whose folders exist but whose rows do not. Folders that cannot be read are reported and left unchanged. */
export function rebuildRuns(store: Store, home: string, now: number): Rebuilding {
  const runs = join(home, 'runs');
  const names = existsSync(runs) ? readdirSync(runs).sort() : [];
  const missing = names.filter((name) => !name.startsWith('.') && readRun(store.write, name) === null);
  const found: FoundRun[] = [];
  const skipped: SkippedFolder[] = [];
  for (const name of missing.filter((one) => statSync(join(runs, one), { throwIfNoEntry: false })?.isDirectory())) {
    const read = readRunFolder(join(runs, name));
    if (typeof read === 'string') skipped.push({ folder: join(runs, name), why: read });
    else found.push(read);
  }
  const depth = ({ parent }: FoundRun) => (parent === null ? 0 : 1);
  const ordered = found.toSorted((one, other) => depth(one) - depth(other) || one.createdAt - other.createdAt);
  const rebuilt: string[] = [];
  for (const one of ordered) {
    try {
      inTransaction(store.write, () => rebuildRun(store, runs, one, now));
      rebuilt.push(one.id);
    } catch (error) {
      skipped.push({ folder: join(runs, one.id), why: error instanceof Error ? error.message : String(error) });
    }
  }
  inTransaction(store.write, () => rebuildInputs(store, rebuilt));
  return { rebuilt, skipped };
}

/** Records the end of a run that finished after the backup was made. */
function settleEnd(store: Store, run: Run, now: number): void {
  const found = readRunFolder(run.folder);
  if (typeof found === 'string' || found.state !== 'finished' || run.state === 'finished') return;
  endRun(store.write, run.number, { state: 'finished', at: now, summary: found.summary, error: null });
  const why = 'the backup is older than the end of this run';
  note(store, run.number, now, { name: 'rebuilt', step: null, detail: { why } });
}

/**
 * Updates runs restored from a backup to match their folders, which may be newer.
 * @returns ids of the runs whose folders no longer exist.
 */
export function settleRuns(store: Store, ids: readonly string[], now: number): readonly string[] {
  const runs = ids.flatMap((id) => readRun(store.write, id) ?? []);
  const there = runs.filter(({ folder }) => existsSync(folder));
  inTransaction(store.write, () => {
    for (const run of there) {
      settleEnd(store, run, now);
      settleFiles(store, run.number, run.folder, now);
    }
  });
  return runs.filter((run) => !there.includes(run)).map(({ id }) => id);
}
