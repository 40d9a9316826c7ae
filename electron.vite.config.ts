import { fileURLToPath } from 'node:url';
import { defineConfig } from 'electron-vite';
import { rendererConfig } from './vite.renderer.config.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const contract = { '#contract': path('./src-main/contract') };

/**
 * The app's own two programs and its page. The host is no entry here: a real Node runs its sources as they stand, in
 * development and packaged alike.
 */
export const desktopConfig = defineConfig(({ command }) => ({
  main: {
    resolve: { alias: contract },
    build: {
      outDir: path('./out/main'),
      // Everything goes into the one file: the archive then needs no packages.
      externalizeDeps: false,
      rollupOptions: {
        input: { main: path('./src-main/desktop/main.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  preload: {
    build: {
      outDir: path('./out/preload'),
      rollupOptions: {
        input: { preload: path('./src-main/desktop/preload.ts') },
        // A sandboxed preload is CommonJS and may load nothing but Electron.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  // Built by a command of its own, which the loopback host shares; here it is for `electron-vite dev`.
  ...(command === 'serve' && {
    renderer: {
      ...rendererConfig,
      build: { ...rendererConfig.build, rollupOptions: { input: path('./src-renderer/index.html') } },
    },
  }),
}));

export default desktopConfig;
