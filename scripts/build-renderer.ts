import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { buildOnce } from './build-once.ts';

/** Everything that the page is made of. */
const SOURCES = ['src-renderer', 'src-main/contract', 'vite.renderer.config.ts', 'package-lock.json'];

/** Builds the page into `dist/renderer`. True when it was not built already. */
export function buildRenderer(): Promise<boolean> {
  return buildOnce('dist/renderer/.stamp', SOURCES, async () => {
    // Loaded only when they are needed: most starts find the page built.
    const [{ build }, { rendererConfig }] = await Promise.all([import('vite'), import('../vite.renderer.config.ts')]);
    await build({ ...rendererConfig, configFile: false, logLevel: 'warn' });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const built = await buildRenderer();
  process.stderr.write(built ? 'The page was built.\n' : '');
}
