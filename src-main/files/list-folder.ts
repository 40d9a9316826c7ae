import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FileEntry, FolderList } from '#contract/api/files.ts';
import { KeelError } from '#contract/errors.ts';

const MOST_ENTRIES = 2000;
const byName = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Resolves a name in a folder to its real path, or null if the caller may not access it. */
export type FindPath = (folder: string, name: string) => string | null;

function describe(folder: string, name: string, find: FindPath): FileEntry | null {
  const real = find(folder, name);
  const found = real === null ? null : statSync(real, { throwIfNoEntry: false });
  // Pipes and devices are not data files: reading one may never end.
  if (real === null || !found || !(found.isFile() || found.isDirectory())) return null;
  const isFolder = found.isDirectory();
  return {
    name,
    path: join(folder, name),
    isFolder,
    isAdapter: isFolder && existsSync(join(real, 'adapter_config.json')),
    isModel: isFolder ? existsSync(join(real, 'config.json')) : name.toLowerCase().endsWith('.gguf'),
    bytes: isFolder ? 0 : found.size,
    modifiedAt: Math.max(0, Math.round(found.mtimeMs)),
  };
}

function readNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EACCES' ? 'cannot be read' : code === 'ENOTDIR' ? 'is not a folder' : 'does not exist';
    throw new KeelError({
      code: 'folder_unreadable',
      why: `${folder} ${why}.`,
      fix: 'Choose another folder.',
      cause: error,
    });
  }
}

/**
 * Lists a folder, limited to what the caller may access. Throws `folder_unreadable`.
 * @param kinds extensions of the files to list; empty for all
 */
export function listFolder(folder: string, kinds: readonly string[], find: FindPath): FolderList {
  const isWanted = ({ name, isFolder }: FileEntry) =>
    isFolder || kinds.length === 0 || kinds.some((kind) => name.toLowerCase().endsWith(`.${kind}`));
  const names = readNames(folder).toSorted(byName.compare);
  const entries: FileEntry[] = [];
  let isCut = false;
  for (const name of names) {
    if (entries.length >= MOST_ENTRIES) {
      isCut = true;
      break;
    }
    const entry = describe(folder, name, find);
    if (entry && isWanted(entry)) entries.push(entry);
  }
  const parent = dirname(folder);
  return {
    folder,
    parent: parent !== folder && find(parent, '.') !== null ? parent : null,
    entries: entries.toSorted((a, b) => Number(b.isFolder) - Number(a.isFolder)),
    isCut,
  };
}
