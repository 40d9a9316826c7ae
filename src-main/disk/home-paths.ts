import { realpathSync } from 'node:fs';

/** Stands in what is kept where a text has the path of the data folder: `keel-home:/runs/<id>`. */
const MARK = 'keel-home:';

/** A folder's path begins a word, and a separator or the word's end follows: `/data` is neither in `/data-old` nor in `/mnt/data`. */
const BEFORE = String.raw`(?<![^\s"'(\[{,:<>=|])`;
const AFTER = String.raw`(?=[\\/\s"',;:)\]}<>|]|$)`;

const quoted = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const MARKED = new RegExp(`${BEFORE}${quoted(MARK)}${AFTER}`, 'g');

/** Texts as they are kept and as they read in this data folder. */
export interface HomePaths {
  /** With paths below the data folder relative to it, so that they hold in a copy and after a move. */
  portable(text: string): string;
  /** With whole paths again. */
  local(text: string): string;
}

/** Puts the mark in place of every path of the folders, for a plain text. The longest path counts. */
export function portableText(folders: readonly string[]): (text: string) => string {
  const named = [...new Set(folders)].filter((folder) => /[^\\/]/.test(folder));
  const longestFirst = named.sort((one, other) => other.length - one.length);
  const paths = new RegExp(`${BEFORE}(?:${longestFirst.map(quoted).join('|')})${AFTER}`, 'g');
  return (text) => (longestFirst.some((folder) => text.includes(folder)) ? text.replace(paths, MARK) : text);
}

const escaped = (text: string) => JSON.stringify(text).slice(1, -1);

/** Applies a rewriting of plain texts to every text inside a JSON text. Where no path needs an escape the two are the same. */
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

/** How texts that name files of a data folder are kept in it. Whatever link it was opened by, paths come out the same. */
export function homePaths(home: string): { readonly text: HomePaths; readonly json: HomePaths } {
  const folders = spellings(home);
  const portable = portableText(folders);
  const local = (text: string) => (text.includes(MARK) ? text.replace(MARKED, () => home) : text);
  return {
    text: { portable, local },
    json: { portable: withinJson(portable, folders), local: withinJson(local, folders, [MARK]) },
  };
}

/** The path of something below any data folder, as it is kept. */
export function portablePath(...parts: readonly string[]): string {
  return [MARK, ...parts].join('/');
}
