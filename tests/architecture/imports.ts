import { posix } from 'node:path';
import ts from 'typescript';
import { FREE, PLACES, type Place } from './import-table.ts';
import { type SourceFile, scriptOf } from './source-tree.ts';

const ALIASES: readonly (readonly [string, string])[] = [
  ['#contract/', 'src-main/contract/'],
  ['#engine/', 'src-main/engine/'],
  ['#setup/', 'scripts/setup/'],
];

/** What a file names in its imports, aliases resolved: a path of the repository, or a package or built-in. */
export function importsOf(file: SourceFile): string[] {
  const { importedFiles } = ts.preProcessFile(scriptOf(file), true, true);
  return importedFiles.map(({ fileName }) => resolve(file.path, fileName));
}

function resolve(from: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier);
  const alias = ALIASES.find(([prefix]) => specifier.startsWith(prefix));
  return alias ? specifier.replace(alias[0], alias[1]) : specifier;
}

/** The longest entry of the table that the file lies below. */
export function placeOf(path: string): Place | null {
  const matching = PLACES.filter(({ folder }) => path === folder || path.startsWith(`${folder}/`));
  return matching.sort((one, other) => other.folder.length - one.folder.length)[0] ?? null;
}

const isOwnCode = (name: string) => /^(src-main|src-renderer|scripts|tests)\//.test(name);

function packageOf(name: string): string {
  const parts = name.split('/');
  return name.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? name);
}

function mayImport(place: Place, name: string): boolean {
  if (FREE.includes(name)) return true;
  if (!isOwnCode(name)) {
    return place.packages.some(
      (allowed) => allowed === packageOf(name) || allowed === `${packageOf(name).split('/')[0]}/*`,
    );
  }
  const target = placeOf(name);
  return (
    target?.folder === place.folder || place.own.some((allowed) => name === allowed || name.startsWith(`${allowed}/`))
  );
}

/** Every import that the table does not allow, as `file imports name`; a file without a place is one as well. */
export function forbiddenImports(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const place = placeOf(file.path);
    if (!place) return [`${file.path} lies in a folder that the table does not place`];
    const forbidden = importsOf(file).filter((name) => !mayImport(place, name));
    return forbidden.map((name) => `${file.path} imports ${name}`);
  });
}

/** Everything that a file brings along: what it imports, what those import, and so on; each with who brought it. */
export function closureOf(start: readonly SourceFile[], files: readonly SourceFile[]): Map<string, string> {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const broughtBy = new Map<string, string>();
  const waiting = [...start];
  for (let file = waiting.pop(); file; file = waiting.pop()) {
    for (const name of importsOf(file).filter((each) => !broughtBy.has(each))) {
      broughtBy.set(name, file.path);
      const next = byPath.get(name);
      if (next) waiting.push(next);
    }
  }
  return broughtBy;
}

/** Files that bring themselves along again, types included; each circle once, from its first file on. */
export function importCircles(files: readonly SourceFile[]): string[][] {
  const paths = new Set(files.map(({ path }) => path));
  const imports = new Map(files.map((file) => [file.path, importsOf(file).filter((name) => paths.has(name))] as const));
  const circles = new Map<string, string[]>();
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path);
    if (at >= 0) {
      const circle = way.slice(at);
      circles.set([...circle].sort().join(), circle);
    }
    if (at >= 0 || done.has(path)) return;
    for (const next of imports.get(path)!) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  return [...circles.values()];
}
