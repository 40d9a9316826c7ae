import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { makePrivate, PRIVATE_FOLDER } from '../disk/private-mode.ts';
import { openAtRest } from './database.ts';
import { highestRunNumber } from './highest-run-number.ts';
import { COMPANIONS } from './open-store.ts';

const BACKUP = /^(store|older-schema)-(\d+)(?:-(\d+))?\.sqlite$/;

/**
 * Moves a store with its companion files to a separate folder next to it. Nothing is deleted.
 * @returns the folder, or null if there is nothing to move.
 */
export function moveStoreAside(path: string, stamp: string): string | null {
  const present = COMPANIONS.map((companion) => path + companion).filter(existsSync);
  if (present.length === 0) return null;
  const folder = join(dirname(path), `store-damaged-${stamp}`);
  mkdirSync(folder, { mode: PRIVATE_FOLDER });
  for (const file of present) renameSync(file, join(folder, basename(file)));
  return folder;
}

interface Backup {
  readonly path: string;
  /** The highest number of a run in it. */
  readonly runs: number;
}

/** A backup that passes the integrity check, or null. */
function soundBackup(path: string): Backup | null {
  try {
    const db = openAtRest(path);
    try {
      return db.pragma('integrity_check', { simple: true }) === 'ok' ? { path, runs: highestRunNumber(db) } : null;
    } finally {
      db.close();
    }
  } catch {
    return null;
  }
}

/** Newer first, by name rather than by time: daily copies before copies of older schemas. */
function byAge(one: string, other: string): number {
  const [kind = '', ...numbers] = BACKUP.exec(one)?.slice(1) ?? [];
  const [otherKind = '', ...otherNumbers] = BACKUP.exec(other)?.slice(1) ?? [];
  const differences = numbers.map((number, index) => Number(otherNumbers[index] ?? 1) - Number(number ?? 1));
  return otherKind.localeCompare(kind) || differences.find((difference) => difference !== 0) || 0;
}

/**
 * Sound backups of a store, those with the most runs first and the newest first among equals, because a copy made after
 * the runs were lost is not a good starting point.
 */
export function soundBackups(path: string): readonly string[] {
  const folder = join(dirname(path), 'backups');
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => BACKUP.test(name));
  const backups = names.sort(byAge).flatMap((name) => soundBackup(join(folder, name)) ?? []);
  return backups.sort((one, other) => other.runs - one.runs).map((backup) => backup.path);
}

/** Copies a store that no process has open with SQLite. */
export function copyStore(from: string, to: string): void {
  const db = openAtRest(from);
  try {
    db.pragma('query_only = OFF');
    db.prepare('VACUUM INTO ?').run(to);
    makePrivate(to);
  } finally {
    db.close();
  }
}

/** Replaces the store with the first sound backup. Returns its path, or null if there is none. */
export function restoreBackup(path: string): string | null {
  const [best] = soundBackups(path);
  if (best === undefined) return null;
  copyStore(best, path);
  return best;
}
