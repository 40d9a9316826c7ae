/**
 * `node scripts/mutation/mutate-losses.ts [NAME …]`: breaks each loss on purpose, one sign or mask at a time, and runs its
 * tests. A mutant that passes them shows something that they do not hold. Works on a copy; fails when a mutant survives.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import process from 'node:process';
import { type Mutant, mutantsOf } from './loss-mutants.ts';

const ROOT = join(import.meta.dirname, '../..');
const LOSSES = join('src-main', 'engine', 'update', 'losses');
const TESTS = join('tests', 'engine', 'update', 'losses');
const COPIED = ['src-main', 'scripts', 'tests', 'package.json', 'tsconfig.json', 'vitest.config.ts'];

function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'keel-mutants-'));
  for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** The tests that import a loss. */
function testsOf(copy: string, name: string): string[] {
  return readdirSync(join(copy, TESTS))
    .map((file) => join(TESTS, file))
    .filter((path) => readFileSync(join(copy, path), 'utf8').includes(`/losses/${name}.ts'`));
}

function testsPass(copy: string, name: string): boolean {
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--bail=1', ...testsOf(copy, name)];
  return spawnSync(process.execPath, args, { cwd: copy, stdio: 'ignore' }).status === 0;
}

/** @returns what is wrong with the tests of one loss, one line each */
function judge(copy: string, name: string): string[] {
  const path = join(copy, LOSSES, `${name}.ts`);
  const original = readFileSync(path, 'utf8');
  const mutants = mutantsOf(path, original);
  if (mutants.length === 0) return [];
  if (testsOf(copy, name).length === 0) return [`${name}: no test`];
  if (!testsPass(copy, name)) return [`${name}: its tests fail as it stands`];
  const survivors = mutants.filter((mutant) => survives(copy, name, path, mutant));
  writeFileSync(path, original);
  process.stdout.write(`${name}: ${mutants.length - survivors.length} of ${mutants.length} mutants fail\n`);
  return survivors.map(({ what }) => `${name}: passes with ${what}`);
}

function survives(copy: string, name: string, path: string, mutant: Mutant): boolean {
  writeFileSync(path, mutant.text);
  return testsPass(copy, name);
}

const wanted = process.argv.slice(2);
const names = readdirSync(join(ROOT, LOSSES)).map((file) => basename(file, '.ts'));
const copy = copyTree();
try {
  const faults = names
    .filter((name) => wanted.length === 0 || wanted.includes(name))
    .flatMap((name) => judge(copy, name));
  for (const fault of faults) process.stdout.write(`${fault}\n`);
  process.exitCode = faults.length > 0 ? 1 : 0;
} finally {
  rmSync(copy, { recursive: true, force: true });
}
