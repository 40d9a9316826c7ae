import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { replaceTexts } from '../host/artifact-references.ts';

/** A folder that has another path here. */
export interface MovedFolder {
  readonly from: string;
  readonly to: string;
}

/** How to rewrite texts of a run after it was moved to another data folder. */
export interface Move {
  readonly folders: readonly MovedFolder[];
  /** Ids that were already in use here, with their new ids. */
  readonly ids: ReadonlyMap<string, string>;
  /** The original data folder and this one: files that exist in both refer to this one. */
  readonly home: MovedFolder | null;
}

/** The parts of a path below a folder, in the notation of any operating system, or null. */
function below(path: string, folder: string): readonly string[] | null {
  if (path === folder) return [];
  if (!path.startsWith(folder) || !/[\\/]/.test(path[folder.length] ?? '')) return null;
  return path.slice(folder.length + 1).split(/[\\/]/);
}

const quoted = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
/** An id can be a prefix of another, such as `…-apa` of `…-apa-2`; so can a folder. */
const wholeId = (id: string) => new RegExp(`(?<![a-z0-9-])${quoted(id)}(?![a-z0-9-])`, 'g');
const wholeFolder = (folder: string) => new RegExp(`${quoted(folder)}(?![\\w-])`, 'g');

/** Maps a path below the original data folder to this one if that file or folder exists here, otherwise null. */
function placedHere(text: string, { from, to }: MovedFolder): string | null {
  const parts = below(text, from) ?? [];
  const place = join(to, ...parts);
  return parts.length > 0 && existsSync(place) ? place : null;
}

function movedWords(text: string, { folders, ids }: Move): string {
  const placed = folders.reduce((words, { from, to }) => words.replace(wholeFolder(from), () => to), text);
  return [...ids].reduce((words, [from, to]) => words.replace(wholeId(from), () => to), placed);
}

/** Rewrites a path, an id, or a sentence for this data folder. */
export function movedText(text: string, move: Move): string {
  for (const { from, to } of move.folders) {
    const parts = isAbsolute(from) || /^[A-Za-z]:/.test(from) ? below(text, from) : null;
    if (parts) return movedWords(join(to, ...parts), { ...move, folders: [] });
  }
  return (move.home && placedHere(text, move.home)) ?? movedWords(text, move);
}

/** Does the same for every string inside a JSON text; any other text is rewritten as a whole. */
export function movedJson(text: string, move: Move): string {
  if (!/^\s*[[{]/.test(text)) return movedText(text, move);
  try {
    return JSON.stringify(replaceTexts(JSON.parse(text) as unknown, (inner) => movedText(inner, move)));
  } catch {
    return movedText(text, move);
  }
}
