import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { openWriter } from './database.ts';

/** A store and what SQLite keeps beside it; they belong together and are never parted. */
const COMPANIONS = ['', '-wal', '-shm', '-journal'];
const BACKUP = /\.sqlite$/;

/**
 * Moves a store with its companions into a folder of its own beside it. Nothing is deleted.
 * @returns the folder, or null when there is nothing to move.
 */
export function moveStoreAside(path: string, stamp: string): string | null {
  const present = COMPANIONS.map((companion) => path + companion).filter(existsSync);
  if (present.length === 0) return null;
  const folder = join(dirname(path), `store-damaged-${stamp}`);
  mkdirSync(folder);
  for (const file of present) renameSync(file, join(folder, basename(file)));
  return folder;
}

/** A backup that every page of can be read. */
function isSound(path: string): boolean {
  try {
    const db = openWriter(path);
    try {
      return db.pragma('integrity_check', { simple: true }) === 'ok';
    } finally {
      db.close();
    }
  } catch {
    return false;
  }
}

/** Puts the newest sound backup in the place of the store: by its name, not by its time. Gives it, or null. */
export function restoreBackup(path: string): string | null {
  const folder = join(dirname(path), 'backups');
  if (!existsSync(folder)) return null;
  const backups = readdirSync(folder)
    .filter((name) => BACKUP.test(name))
    .sort()
    .reverse();
  const sound = backups.map((name) => join(folder, name)).find(isSound);
  if (!sound) return null;
  const copy = openWriter(sound);
  copy.prepare('VACUUM INTO ?').run(path);
  copy.close();
  return sound;
}
