import { appendFileSync, existsSync, mkdirSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { stringify } from 'yaml';
import type { DataLedger } from '#contract/api/runs/data-ledger.ts';
import type { Detail } from '#contract/api/runs/run-records.ts';
import { KeelError } from '#contract/errors.ts';
import { writeExactJson } from '#contract/exact-json.ts';
import { ledgerText } from '#contract/ledger-words.ts';
import { LEDGER_EVENT } from '#contract/run-events.ts';
import type { EngineEvent } from '#engine/protocol.ts';
import { PRIVATE_FOLDER } from '../../disk/private-mode.ts';
import { removeBelow, requireBelow } from '../../disk/remove-below.ts';
import { runsFolder } from '../../store/home-identity.ts';

/** The run's data in its folder, so that a lost store can be rebuilt from the folders. */
export interface RunManifest {
  readonly format: 1;
  readonly id: string;
  readonly name: string;
  readonly recipe: string;
  readonly parent: string | null;
  readonly stage: string | null;
  readonly createdAt: number;
  readonly baseFolder: string;
  readonly configGiven: string;
  readonly state: string;
  readonly summary: Detail | null;
}

const LOG_BYTES = 4 * 2 ** 20;

/** Creates a run's folder with its resolved config. */
export function makeRunFolder(folder: string, config: Detail): void {
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  writeFileSync(join(folder, 'config.yaml'), stringify(config));
}

function writeWhole(path: string, text: string): void {
  const partial = `${path}.partial`;
  writeFileSync(partial, text, { flush: true });
  renameSync(partial, path);
}

/** Writes `run.json` atomically. */
export function writeRunManifest(folder: string, manifest: RunManifest): void {
  if (existsSync(folder)) writeWhole(join(folder, 'run.json'), `${writeExactJson(manifest, 2)}\n`);
}

/** Number of log entries that could not be written, by folder. */
const lostLines = new Map<string, number>();

/**
 * Appends to the run's log; one older file of at most 4 MB is kept. Never fails: a log must not end a run. The number
 * of entries that could not be written, for example on a full disk, is logged with the next entry that can be.
 */
export function appendLog(folder: string, line: string): void {
  const path = join(folder, 'log.txt');
  const lost = lostLines.get(folder) ?? 0;
  const gap = lost > 0 ? `warning: ${lost} entries of this log could not be written\n` : '';
  try {
    if (existsSync(path) && statSync(path).size > LOG_BYTES) renameSync(path, join(folder, 'log.1.txt'));
    appendFileSync(path, `${gap}${line.endsWith('\n') ? line : `${line}\n`}`);
    lostLines.delete(folder);
  } catch {
    lostLines.set(folder, lost + 1);
  }
}

/** Appends what an engine event says in words: its log lines, and the data ledger. */
export function logEvent(folder: string, event: EngineEvent): void {
  if (event.kind === 'log') appendLog(folder, `${event.level}: ${event.text}`);
  if (event.kind !== 'event' || event.name !== LEDGER_EVENT) return;
  for (const line of ledgerText(event.detail as DataLedger)) appendLog(folder, line);
}

/**
 * Refuses to work in a folder that is not below this data folder's `runs`, for example behind a copied link, because it
 * belongs to another data folder. Throws `run_folder_foreign`.
 */
export function requireOwnFolder(home: string, folder: string): void {
  const [runs, real] = [runsFolder(home), existsSync(folder) ? realpathSync.native(folder) : folder];
  if (dirname(real) === runs || dirname(real) === join(home, 'runs')) return;
  throw new KeelError({
    code: 'run_folder_foreign',
    why: `The run's folder ${folder} resolves to ${real}, which is not inside ${runs}.`,
    fix: 'Replace the link with the folder itself. Nothing was changed.',
  });
}

/** Refuses folders that may not be removed before anything is removed. Throws `removal_refused`. */
export function requireRemovable(home: string, folders: readonly string[]): void {
  for (const folder of folders.filter(existsSync)) requireBelow(runsFolder(home), folder);
}

/**
 * Removes a run's folder. It is renamed first, so that a partially removed run is never mistaken for a complete one.
 * Throws `removal_refused` for a folder that is not below this data folder's `runs`.
 */
export function removeRunFolder(home: string, folder: string): void {
  if (!existsSync(folder)) return;
  const runs = runsFolder(home);
  requireBelow(runs, folder);
  const doomed = join(dirname(folder), `.${basename(folder)}.removed`);
  removeBelow(runs, doomed);
  renameSync(folder, doomed);
  removeBelow(runs, doomed);
}
