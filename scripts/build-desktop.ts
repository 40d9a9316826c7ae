import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { buildOnce, ROOT } from './build-once.ts';

/** Everything that the app's own two programs are made of. */
const SOURCES = [
  'src-main/desktop',
  'src-main/page',
  'src-main/contract',
  'electron.vite.config.ts',
  'package-lock.json',
];

/** Builds the app's own programs into `out`. True when they were not built already. */
export function buildDesktop(): Promise<boolean> {
  return buildOnce('out/.stamp', SOURCES, async () => {
    const { build } = await import('electron-vite');
    await build({ root: ROOT, configFile: 'electron.vite.config.ts', logLevel: 'warn', ignoreConfigWarning: true });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const built = await buildDesktop();
  process.stderr.write(built ? 'The window was built.\n' : '');
}
