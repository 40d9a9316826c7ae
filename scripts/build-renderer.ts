import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const STAMP = join(ROOT, 'dist', 'renderer', '.stamp');
/** Everything that the page is made of. */
const SOURCES = ['src-renderer', 'src-main/contract', 'vite.renderer.config.ts', 'package-lock.json'];

function filesBelow(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}

function fingerprint(): string {
  const hash = createHash('sha256');
  for (const path of SOURCES.flatMap((source) => filesBelow(join(ROOT, source)))) {
    hash.update(path.slice(ROOT.length)).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

/** Builds the page into `dist/renderer` unless what is there was made of the same sources. True when it was built. */
export async function buildRenderer(): Promise<boolean> {
  const wanted = fingerprint();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return false;
  // Loaded only when they are needed: most starts find the page built.
  const [{ build }, { rendererConfig }] = await Promise.all([import('vite'), import('../vite.renderer.config.ts')]);
  await build({ ...rendererConfig, configFile: false, logLevel: 'warn' });
  writeFileSync(STAMP, wanted);
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const built = await buildRenderer();
  process.stderr.write(built ? 'The page was built.\n' : '');
}
