import { appendFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { stringify } from 'yaml';
import type { Detail } from '#contract/api/run-records.ts';
import { writeExactJson } from '#contract/exact-json.ts';

/** What a run folder tells of its run, so that a lost store can be built again from the folders. */
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

/** Makes a run's folder with its config as resolved. */
export function makeRunFolder(folder: string, config: Detail): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.yaml'), stringify(config));
}

function writeWhole(path: string, text: string): void {
  const partial = `${path}.partial`;
  writeFileSync(partial, text, { flush: true });
  renameSync(partial, path);
}

/** Writes `run.json`, beside its place and renamed. */
export function writeRunManifest(folder: string, manifest: RunManifest): void {
  if (existsSync(folder)) writeWhole(join(folder, 'run.json'), `${writeExactJson(manifest, 2)}\n`);
}

/** Lines that could not be written, by folder. */
const lostLines = new Map<string, number>();

/**
 * Appends to the run's log; one older file of at most 4 MB is kept. Never fails: a log must not end a run. How many pieces
 * could not be written, as on a full disk, is written with the next one that can.
 */
export function appendLog(folder: string, line: string): void {
  const path = join(folder, 'log.txt');
  const lost = lostLines.get(folder) ?? 0;
  const gap = lost > 0 ? `warning: ${lost} pieces of this log could not be written\n` : '';
  try {
    if (existsSync(path) && statSync(path).size > LOG_BYTES) renameSync(path, join(folder, 'log.1.txt'));
    appendFileSync(path, `${gap}${line.endsWith('\n') ? line : `${line}\n`}`);
    lostLines.delete(folder);
  } catch {
    lostLines.set(folder, lost + 1);
  }
}

/** Removes a run's folder: renamed first, so that a half-removed run is never taken for a whole one. */
export function removeRunFolder(folder: string): void {
  if (!existsSync(folder)) return;
  const doomed = join(dirname(folder), `.${basename(folder)}.removed`);
  rmSync(doomed, { recursive: true, force: true });
  renameSync(folder, doomed);
  rmSync(doomed, { recursive: true, force: true });
}
