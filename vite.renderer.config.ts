import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig, type Plugin } from 'vite';

const root = fileURLToPath(new URL('./src-renderer', import.meta.url));

const LOCALE_PARTS: readonly (readonly [string, string])[] = [
  ["const numFormatter = new Intl.NumberFormat(domEnv ? nav.language : 'en-US');\n", ''],
  ['val => numFormatter.format(val)', 'val => val.toLocaleString()'],
  ['const localTz = new Intl.DateTimeFormat().resolvedOptions().timeZone;\n', ''],
  ['tz == localTz', 'tz == Intl.DateTimeFormat().resolvedOptions().timeZone'],
];

/**
 * uPlot asks for the locale's formats as it is loaded, which holds up the page for fifty milliseconds; Keel writes the
 * ticks itself. They are asked for where they are used instead.
 */
const uplotWithoutLocale: Plugin = {
  name: 'uplot-without-locale',
  transform: {
    filter: { id: /uPlot\.esm\.js$/ },
    handler(code) {
      return LOCALE_PARTS.reduce((text, [part, other]) => {
        if (!text.includes(part)) this.error(`uPlot has changed: it has no ${part}`);
        return text.replace(part, other);
      }, code);
    },
  },
};

/** Puts what is plain data in the place of the schemas that it is gathered from. */
const factsAsData: Plugin = {
  name: 'page-facts-as-data',
  load: {
    filter: { id: /contract\/page-facts\.ts$/ },
    async handler(id) {
      const facts: Record<string, unknown> = await import(id);
      const exported = Object.entries(facts).map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`);
      return { code: exported.join('\n'), moduleType: 'js' };
    },
  },
};

/** The page, the same for the window and the loopback host: no network address, nothing inline. */
export const rendererConfig = defineConfig({
  root,
  base: '/',
  publicDir: 'public',
  plugins: [vue(), uplotWithoutLocale, factsAsData],
  build: {
    outDir: fileURLToPath(new URL('./dist/renderer', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
    // A data: address would need a wider content policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What most pages share comes in one file: each request costs more than the few bytes that a page does not use.
          groups: [
            { name: 'begin', test: /preload-helper|src-renderer.pages.(begin|routes)/ },
            {
              name: 'shared',
              minShareCount: 2,
              test: /src-renderer.(parts|state.(use-(request|page-title|remove|runs)|remove))|contract.ledger-words|lucide/,
            },
          ],
          includeDependenciesRecursively: false,
        },
      },
    },
  },
  define: { __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false' },
});

export default rendererConfig;
