import { realpathSync } from 'node:fs';

/** Replaces the path of the data folder in stored texts: `keel-home:/runs/<id>`. */
const MARK = 'keel-home:';

/**
 * A folder's path starts a word and is followed by a separator or the end of the word: `/data` matches neither in
 * `/data-old` nor in `/mnt/data`.
 */
const BEFORE = String.raw`(?<![^\s"'(\[{,:<>=|])`;
const AFTER = String.raw`(?=[\\/\s"',;:)\]}<>|]|$)`;

const quoted = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const MARKED = new RegExp(`${BEFORE}${quoted(MARK)}${AFTER}`, 'g');

/** Converts texts between their stored form and their form in this data folder. */
export interface HomePaths {
  /** Makes paths below the data folder relative to it, so that they stay valid in a copy and after a move. */
  portable(text: string): string;
  /** Restores full paths. */
  local(text: string): string;
}

/** Replaces every path of the folders in a plain text with the marker. The longest matching path wins. */
export function portableText(folders: readonly string[]): (text: string) => string {
  const named = [...new Set(folders)].filter((folder) => /[^\\/]/.test(folder));
  const longestFirst = named.sort((one, other) => other.length - one.length);
  const paths = new RegExp(`${BEFORE}(?:${longestFirst.map(quoted).join('|')})${AFTER}`, 'g');
  return (text) => (longestFirst.some((folder) => text.includes(folder)) ? text.replace(paths, MARK) : text);
}

const escaped = (text: string) => JSON.stringify(text).slice(1, -1);

/**
 * Applies a rewrite function for plain text to every string inside a JSON text. If no path needs escaping, both are the
 * same.
 */
export function withinJson(
  rewrite: (text: string) => string,
  folders: readonly string[],
  sought: readonly string[] = folders,
): (text: string) => string {
  if (folders.every((folder) => escaped(folder) === folder)) return rewrite;
  const isConcerned = (text: string) => sought.some((one) => text.includes(escaped(one)));
  const parts = (_: string, value: unknown) => (typeof value === 'string' ? rewrite(value) : value);
  return (text) => (isConcerned(text) ? JSON.stringify(JSON.parse(text, parts)) : text);
}

function spellings(home: string): readonly string[] {
  try {
    return [home, realpathSync.native(home)];
  } catch {
    return [home];
  }
}

/**
 * Converters for stored texts that contain paths of a data folder. The stored paths are the same whichever link the
 * folder was opened by.
 */
export function homePaths(home: string): { readonly text: HomePaths; readonly json: HomePaths } {
  const folders = spellings(home);
  const portable = portableText(folders);
  const local = (text: string) => (text.includes(MARK) ? text.replace(MARKED, () => home) : text);
  return {
    text: { portable, local },
    json: { portable: withinJson(portable, folders), local: withinJson(local, folders, [MARK]) },
  };
}

/** The stored form of a path below any data folder. */
export function portablePath(...parts: readonly string[]): string {
  return [MARK, ...parts].join('/');
}
