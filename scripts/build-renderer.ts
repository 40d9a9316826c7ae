import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { buildOnce } from './build-once.ts';

/** Everything that the page is made of. */
const SOURCES = [
  'scripts/build-renderer.ts',
  'src-renderer',
  'src-main/contract',
  'vite.renderer.config.ts',
  'CHANGELOG.md',
  'package-lock.json',
];

/** Vite takes NODE_ENV as it finds it, and a test runner sets its own: what is built is always what people get. */
async function forPeople(build: () => Promise<unknown>): Promise<void> {
  const { NODE_ENV: before } = process.env;
  process.env.NODE_ENV = 'production';
  try {
    await build();
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
}

/** Builds the page into `dist/renderer`. True when it was not built already. */
export function buildRenderer(): Promise<boolean> {
  return buildOnce('dist/renderer/.stamp', SOURCES, async () => {
    // Loaded only when they are needed: most starts find the page built.
    const [{ build }, { rendererConfig }] = await Promise.all([import('vite'), import('../vite.renderer.config.ts')]);
    await forPeople(() => build({ ...rendererConfig, configFile: false, logLevel: 'warn' }));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const built = await buildRenderer();
  process.stderr.write(built ? 'The page was built.\n' : '');
}
