import { closeSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildRenderer } from '../../../scripts/build-renderer.ts';
import { ROOT } from '../../architecture/source-tree.ts';

const LOCK = join(ROOT, 'dist', 'page-build.lock');
const STALE_MILLISECONDS = 120_000;
let built: Promise<unknown> | null = null;

function tryLock(): boolean {
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  try {
    closeSync(openSync(LOCK, 'wx'));
    return true;
  } catch {
    const age = Date.now() - (statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > STALE_MILLISECONDS) rmSync(LOCK, { force: true });
    return false;
  }
}

async function buildAlone(): Promise<void> {
  while (!tryLock()) await new Promise((resolve) => setTimeout(resolve, 200));
  try {
    await buildRenderer();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

/** Builds the page unless it is built; test files run in processes of their own, and one of them does it. */
export function buildPageOnce(): Promise<unknown> {
  built ??= buildAlone();
  return built;
}
