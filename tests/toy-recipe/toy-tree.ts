import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeRecipeIndex } from '#setup/recipe-index.mjs';
import { ROOT } from '../architecture/source-tree.ts';

const FIVE_FILES = join(ROOT, 'tests', 'fixtures', 'toy-recipe');
const COPIED = [
  ...['src-main', 'src-renderer', 'scripts', 'tests', 'docs', 'package.json', 'package-lock.json'],
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'biome.json', 'vitest.config.ts', 'vite.renderer.config.ts'],
  ...['tsconfig.json', 'tsconfig.contract.json', 'tsconfig.preload.json', 'tsconfig.renderer.json'],
  'electron.vite.config.ts',
];
const LINKED = ['node_modules', 'resources'];

/** The five files of the toy recipe, relative to the repository. */
export function toyFiles(): readonly string[] {
  return readdirSync(FIVE_FILES, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(FIVE_FILES, path)).isFile())
    .sort();
}

export interface ToyTree {
  readonly root: string;
  remove(): void;
}

/** A copy of the repository to which the five files were added, as a contributor would add them, and nothing else. */
export function makeToyTree(): ToyTree {
  const root = mkdtempSync(join(tmpdir(), 'keel-toy-'));
  for (const name of COPIED) cpSync(join(ROOT, name), join(root, name), { recursive: true });
  for (const name of LINKED) symlinkSync(join(ROOT, name), join(root, name));
  for (const file of toyFiles()) cpSync(join(FIVE_FILES, file), join(root, file));
  // What every start does.
  writeRecipeIndex(root);
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

export interface Ran {
  readonly code: number | null;
  readonly out: string;
}

/** Runs a program of the copy with this Node and gives all that it printed. */
export function runIn(root: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const child = spawn(process.execPath, [...args], { cwd: root, env: { ...process.env, ...env } });
  let out = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => {
      out += text.toString();
    });
  }
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out })));
}
