import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { replaceTexts } from '../host/artifact-references.ts';

/** A folder that is another one here. */
export interface MovedFolder {
  readonly from: string;
  readonly to: string;
}

/** How texts of a run read after it was moved to another data folder. */
export interface Move {
  readonly folders: readonly MovedFolder[];
  /** Ids that were taken here, and what they are now. */
  readonly ids: ReadonlyMap<string, string>;
  /** The data folder that it comes from and this one: a file of the one that is in the other as well is meant here. */
  readonly home: MovedFolder | null;
}

/** The rest of a path below a folder of either system's writing, or null. */
function below(path: string, folder: string): readonly string[] | null {
  if (path === folder) return [];
  if (!path.startsWith(folder) || !/[\\/]/.test(path[folder.length] ?? '')) return null;
  return path.slice(folder.length + 1).split(/[\\/]/);
}

const quoted = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
/** Ids may begin with one another, `…-apa` and `…-apa-2`; so may folders. */
const wholeId = (id: string) => new RegExp(`(?<![a-z0-9-])${quoted(id)}(?![a-z0-9-])`, 'g');
const wholeFolder = (folder: string) => new RegExp(`${quoted(folder)}(?![\\w-])`, 'g');

/** A path below the former data folder, where it leads to a file or folder of this one. */
function placedHere(text: string, { from, to }: MovedFolder): string | null {
  const parts = below(text, from) ?? [];
  const place = join(to, ...parts);
  return parts.length > 0 && existsSync(place) ? place : null;
}

function movedWords(text: string, { folders, ids }: Move): string {
  const placed = folders.reduce((words, { from, to }) => words.replace(wholeFolder(from), () => to), text);
  return [...ids].reduce((words, [from, to]) => words.replace(wholeId(from), () => to), placed);
}

/** A path, an id or a sentence as it reads here. */
export function movedText(text: string, move: Move): string {
  for (const { from, to } of move.folders) {
    const parts = isAbsolute(from) || /^[A-Za-z]:/.test(from) ? below(text, from) : null;
    if (parts) return movedWords(join(to, ...parts), { ...move, folders: [] });
  }
  return (move.home && placedHere(text, move.home)) ?? movedWords(text, move);
}

/** The same for every text inside a JSON text; any other text is taken as one. */
export function movedJson(text: string, move: Move): string {
  if (!/^\s*[[{]/.test(text)) return movedText(text, move);
  try {
    return JSON.stringify(replaceTexts(JSON.parse(text) as unknown, (inner) => movedText(inner, move)));
  } catch {
    return movedText(text, move);
  }
}
