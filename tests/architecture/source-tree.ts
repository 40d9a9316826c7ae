import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The repository. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** A source file; paths are relative to the repository and use `/`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const SOURCE = /\.(ts|mjs|vue)$/;
const LEFT_OUT = new Set(['node_modules', 'fixtures']);

/** Every source file below the folders, in order of path. */
export function readSources(...folders: readonly string[]): SourceFile[] {
  return folders
    .flatMap((folder) => walk(join(ROOT, folder)))
    .map((path) => ({
      path: relative(ROOT, path).replaceAll('\\', '/'),
      text: readFileSync(path, 'utf8'),
    }));
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((one, other) => one.name.localeCompare(other.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return LEFT_OUT.has(entry.name) ? [] : walk(path);
      return SOURCE.test(basename(path)) ? [path] : [];
    });
}

const SCRIPT = /<script[^>]*>([\s\S]*?)<\/script>/;

/** The TypeScript of a file: of a component, what stands in its script, on the lines where it stands. */
export function scriptOf({ path, text }: SourceFile): string {
  if (!path.endsWith('.vue')) return text;
  const found = SCRIPT.exec(text);
  if (!found) return '';
  const before = text.slice(0, found.index + found[0].indexOf('>') + 1);
  return before.replace(/[^\n]/g, '') + (found[1] ?? '');
}

const trees = new WeakMap<SourceFile, ts.SourceFile>();

/** The syntax tree of a file, with parents; made once per file. */
export function parse(file: SourceFile): ts.SourceFile {
  const tree = trees.get(file) ?? ts.createSourceFile(file.path, scriptOf(file), ts.ScriptTarget.Latest, true);
  trees.set(file, tree);
  return tree;
}

/** The files whose text has what a rule is about: to parse all of them takes most of a rule's time. */
export function mentioning(files: readonly SourceFile[], what: RegExp): SourceFile[] {
  return files.filter(({ text }) => what.test(text));
}

/** Every node of a tree, the root first. */
export function* nodesOf(root: ts.Node): Generator<ts.Node> {
  yield root;
  const children: ts.Node[] = [];
  root.forEachChild((child) => {
    children.push(child);
  });
  for (const child of children) yield* nodesOf(child);
}
