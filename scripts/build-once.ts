import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

function filesBelow(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}

function fingerprint(sources: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of sources.flatMap((source) => filesBelow(join(ROOT, source)))) {
    hash.update(path.slice(ROOT.length)).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

/**
 * Builds unless what is there was made of the same sources. True when it was built.
 * @param stamp file that remembers the sources, relative to the repository
 * @param sources files and folders, relative to the repository
 */
export async function buildOnce(
  stamp: string,
  sources: readonly string[],
  build: () => Promise<unknown>,
): Promise<boolean> {
  const wanted = fingerprint(sources);
  const path = join(ROOT, stamp);
  if (existsSync(path) && readFileSync(path, 'utf8') === wanted) return false;
  await build();
  writeFileSync(path, wanted);
  return true;
}
