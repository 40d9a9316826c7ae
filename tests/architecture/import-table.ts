import { CLUSTER_PLACES } from './cluster-places.ts';

/** What the files of a folder may import; anything not listed is forbidden, a new package included. */
export interface Place {
  /** Folder or file, relative to the repository. The longest one that a file lies below counts. */
  readonly folder: string;
  /** Folders and files of ours. A folder always may import itself. */
  readonly own: readonly string[];
  /** Packages and built-ins; `@scope/*` is every package of a scope. */
  readonly packages: readonly string[];
}

const ENGINE = 'src-main/engine';
const CONTRACT = 'src-main/contract';
const RECORDS = `${ENGINE}/records.ts`;
const MESSAGE_TEXT = `${ENGINE}/message-text.ts`;
const ADAPTER_BASE = `${ENGINE}/adapter-base.ts`;
const KNOWN_BASES = `${ENGINE}/known-bases.ts`;
const RUNTIME = `${ENGINE}/runtime`;
const MODEL = `${ENGINE}/model`;
const GGUF = `${ENGINE}/gguf`;
const DISK = 'src-main/disk';
const IDS = `${CONTRACT}/ids.ts`;
const RENDERER = 'src-renderer';
const STAGES = ['dataset', 'tokenizer', 'rollout', 'reward', 'advantage', 'update', 'metrics', 'evaluation'].map(
  (stage) => `${ENGINE}/${stage}`,
);

/** Free everywhere outside the contract. */
export const FREE = [`${CONTRACT}/errors.ts`, 'node:path', 'node:url'];

const engine = (name: string, own: readonly string[], packages: readonly string[] = []): Place => ({
  folder: `${ENGINE}/${name}`,
  own,
  packages,
});

export const PLACES: readonly Place[] = [
  { folder: CONTRACT, own: [], packages: ['zod', 'yaml', '@orpc/contract'] },

  // What Keel may do to files that are a person's: which folders it removes, how paths are kept, how full a disk is.
  { folder: DISK, own: [CONTRACT], packages: ['node:fs', 'node:process'] },

  engine(
    'runtime',
    [RECORDS, DISK],
    ['@tensorflow/*', 'node:fs', 'node:module', 'node:os', 'node:process', 'node:util', 'node:v8', 'node:vm'],
  ),
  engine('records.ts', [RUNTIME, IDS]),
  engine('message-text.ts', [RECORDS]),
  engine('adapter-base.ts', [KNOWN_BASES], ['node:fs', 'node:process']),
  engine('known-bases.ts', [], ['node:fs', 'node:os']),
  // Reads and writes GGUF files, and says what they would be as a Hugging Face folder. Knows floats and a model's sizes.
  engine(
    'gguf',
    [`${MODEL}/safetensors/dtypes.ts`, `${MODEL}/config/model-config.ts`, `${CONTRACT}/gguf-types.ts`],
    ['node:fs'],
  ),
  engine(
    'model',
    [
      RUNTIME,
      RECORDS,
      ADAPTER_BASE,
      DISK,
      GGUF,
      `${CONTRACT}/format.ts`,
      `${CONTRACT}/gguf-types.ts`,
      `${CONTRACT}/export-dtypes.ts`,
    ],
    ['node:crypto', 'node:fs', 'node:os', 'zod'],
  ),
  engine(
    'dataset',
    [RECORDS, MESSAGE_TEXT, CONTRACT],
    ['apache-arrow', 'hyparquet', 'hyparquet-compressors', 'node:crypto', 'node:fs', 'node:stream', 'node:zlib'],
  ),
  engine(
    'tokenizer',
    [
      RECORDS,
      MESSAGE_TEXT,
      ADAPTER_BASE,
      RUNTIME,
      `${GGUF}/model-files.ts`,
      `${CONTRACT}/model-files.ts`,
      `${CONTRACT}/api/runs/data-ledger.ts`,
    ],
    ['node:crypto', 'node:fs', 'node:readline', 'node:stream'],
  ),
  engine('rollout', [RECORDS, MODEL, RUNTIME]),
  engine('reward', [RECORDS, MESSAGE_TEXT, MODEL, RUNTIME], ['re2js', 'zod']),
  engine('update', [RECORDS, MODEL, RUNTIME, `${CONTRACT}/metrics`]),
  engine('advantage', [RECORDS, RUNTIME]),
  engine('metrics', [RECORDS, RUNTIME, `${CONTRACT}/metrics`]),
  // A small recipe of its own within the others: it samples, scores and counts, so it stands above those stages.
  engine('evaluation', [
    RECORDS,
    MODEL,
    RUNTIME,
    `${CONTRACT}/metrics`,
    `${CONTRACT}/statistics`,
    `${ENGINE}/rollout`,
    `${ENGINE}/reward`,
    `${ENGINE}/session/context.ts`,
  ]),
  // Looks at numbers that are there, by pure functions; knows no stage except the one that counts.
  engine('doctor', [RECORDS, RUNTIME, CONTRACT, `${ENGINE}/metrics`]),
  // What the pages of a family share: opening models and data, keeping checkpoints. It stands between stages and recipes.
  engine(
    'session',
    [
      RECORDS,
      MESSAGE_TEXT,
      ADAPTER_BASE,
      MODEL,
      `${GGUF}/model-files.ts`,
      RUNTIME,
      CONTRACT,
      DISK,
      ...STAGES,
      `${ENGINE}/doctor`,
    ],
    ['node:crypto', 'node:fs', 'node:os', 'node:process', 'zod'],
  ),
  engine('recipes', [RECORDS, RUNTIME, MODEL, CONTRACT, ...STAGES, `${ENGINE}/session`]),
  // A runtime whose tensors are elsewhere: in workers that compute for this process, through two pipes.
  engine('workers', [RUNTIME, CONTRACT], ['node:fs', 'zod']),
  engine('protocol.ts', [CONTRACT], ['zod']),
  // One job each: what the engine's process does when it is no recipe. It may use every stage, nothing outside.
  engine('jobs', [ENGINE, CONTRACT, DISK], ['node:fs', 'node:os', 'node:process', 'node:zlib', 'zod']),
  // Closes every way out of the process, so it must know them all.
  engine(
    'network-guard.ts',
    [],
    ['node:child_process', 'node:dgram', 'node:dns', 'node:fs', 'node:module', 'node:net', 'node:worker_threads'],
  ),
  engine('refuse-network.ts', [`${ENGINE}/network-guard.ts`]),
  engine(
    'process.ts',
    [
      `${ENGINE}/jobs`,
      `${ENGINE}/network-guard.ts`,
      `${ENGINE}/protocol.ts`,
      `${ENGINE}/refuse-network.ts`,
      RUNTIME,
      `${ENGINE}/session`,
      `${CONTRACT}/count-stops.ts`,
      DISK,
    ],
    ['node:process'],
  ),

  {
    folder: 'src-main/store',
    own: [CONTRACT, DISK],
    packages: ['better-sqlite3', 'node:crypto', 'node:fs', 'node:os', 'node:process'],
  },
  {
    // Metrics as other programs read them: one writer per format, which knows nothing of where they come from.
    folder: 'src-main/trackers',
    own: [`${CONTRACT}/api/runs/metric-export.ts`],
    packages: ['better-sqlite3', 'hyparquet-writer', 'node:fs'],
  },
  {
    folder: 'src-main/runs',
    // Which checkpoint folders are complete is known in one place, and that place touches files only.
    own: [
      'src-main/store',
      'src-main/trackers',
      DISK,
      `${ENGINE}/protocol.ts`,
      `${ENGINE}/session/checkpoint/checkpoints.ts`,
      // What TensorFlow must find set before it loads: said where it is understood, set by whoever spawns.
      `${RUNTIME}/environment.ts`,
      CONTRACT,
      DISK,
      'scripts/setup',
    ],
    packages: [
      'node:child_process',
      'node:crypto',
      'node:events',
      'node:fs',
      'node:module',
      'node:net',
      'node:os',
      'node:process',
      'node:timers',
      'yaml',
      'zod',
    ],
  },
  // The network process: the only code that leaves this machine after the set-up. Nothing of a run is within its reach.
  {
    folder: 'src-main/hub',
    own: [CONTRACT, DISK],
    packages: ['@huggingface/hub', 'node:crypto', 'node:fs', 'node:process', 'node:stream', 'zod'],
  },
  {
    // What a person has added: datasets and models. Of the network process it knows the messages and the folder names.
    folder: 'src-main/library',
    own: [
      DISK,
      'src-main/runs',
      'src-main/store',
      'src-main/hub/protocol.ts',
      'src-main/hub/places.ts',
      `${ENGINE}/protocol.ts`,
      ADAPTER_BASE,
      KNOWN_BASES,
      `${GGUF}/model-files.ts`,
      `${GGUF}/open-gguf.ts`,
      // Sizes of models and adapters, from configs and headers.
      `${MODEL}/config`,
      `${MODEL}/files/gguf-weights.ts`,
      `${MODEL}/safetensors`,
      CONTRACT,
      DISK,
    ],
    packages: ['node:child_process', 'node:crypto', 'node:fs', 'node:process', 'node:zlib', 'zod'],
  },
  ...CLUSTER_PLACES,
  {
    // Folders that a person looks into, and files that come from a browser.
    folder: 'src-main/files',
    own: [CONTRACT, DISK],
    packages: ['node:crypto', 'node:fs'],
  },
  {
    folder: 'src-main/api',
    own: [
      'src-main/clusters',
      'src-main/files',
      'src-main/library',
      'src-main/runs',
      'src-main/store',
      `${ENGINE}/protocol.ts`,
      // Seeded draws are pure arithmetic, and the same everywhere.
      `${RUNTIME}/host-random.ts`,
      CONTRACT,
      DISK,
    ],
    packages: ['@orpc/server', 'node:fs', 'node:os', 'zod'],
  },
  {
    // How a shell reaches the host: in its own process, or over a socket the one of another shell.
    folder: 'src-main/attach',
    own: ['src-main/api', 'src-main/clusters', 'src-main/library', 'src-main/runs', 'src-main/store', CONTRACT, DISK],
    packages: [
      '@orpc/client',
      '@orpc/contract',
      '@orpc/server',
      'node:crypto',
      'node:fs',
      'node:http',
      'node:os',
      'ws',
      'zod',
    ],
  },
  {
    // Files and headers of the built page, the same whichever shell serves it.
    folder: 'src-main/page',
    own: [],
    packages: ['node:fs'],
  },
  {
    folder: 'src-main/headless',
    own: ['src-main/attach', 'src-main/page', CONTRACT],
    packages: ['node:child_process', 'node:crypto', 'node:fs', 'node:http', 'node:net', 'node:os', 'node:stream', 'ws'],
  },
  {
    // The app's own process: it shows pages and passes on what they say. The host is a child of a real Node.
    folder: 'src-main/desktop',
    own: ['src-main/page', CONTRACT],
    packages: ['electron', 'node:child_process', 'node:fs', 'node:process', 'zod'],
  },
  // The only two files that load Electron; everything else can be tried without it.
  { folder: 'src-main/desktop/main.ts', own: ['src-main/desktop'], packages: ['electron', 'node:process'] },
  { folder: 'src-main/desktop/preload.ts', own: [], packages: ['electron'] },
  {
    folder: 'src-main/desktop/host',
    own: ['src-main/desktop/desktop-protocol.ts', 'src-main/attach', 'src-main/api', CONTRACT, DISK, 'scripts/setup'],
    packages: ['node:process'],
  },
  {
    folder: 'src-main/cli',
    // `keel serve` is how the headless shell is started.
    own: [
      'src-main/headless',
      'src-main/attach',
      'src-main/api',
      'src-main/clusters',
      'src-main/runs',
      CONTRACT,
      DISK,
      'scripts/setup',
    ],
    packages: [
      'commander',
      // Draws the picture of a study's report, which a page draws on its own canvas.
      '@napi-rs/canvas',
      '@orpc/server',
      '@orpc/client',
      'node:child_process',
      'node:crypto',
      'node:fs',
      'node:os',
      'node:process',
      'node:readline',
      'zod',
    ],
  },
  // How the page is connected is known here and nowhere else.
  { folder: `${RENDERER}/link`, own: [CONTRACT], packages: ['@orpc/client', 'partysocket'] },
  {
    folder: `${RENDERER}/state`,
    own: [`${RENDERER}/link`, CONTRACT],
    packages: ['@vueuse/core', 'pinia', 'vue', 'yaml'],
  },
  {
    folder: `${RENDERER}/plots`,
    own: [`${RENDERER}/parts`, CONTRACT],
    packages: ['@lucide/vue', '@vueuse/core', 'reka-ui', 'uplot', 'vue'],
  },
  {
    folder: `${RENDERER}/parts`,
    own: [`${RENDERER}/plots`, CONTRACT],
    packages: ['@lucide/vue', '@tanstack/vue-virtual', '@vueuse/core', 'reka-ui', 'vue'],
  },
  {
    folder: `${RENDERER}/pages`,
    own: [`${RENDERER}/state`, `${RENDERER}/parts`, `${RENDERER}/plots`, CONTRACT],
    packages: [
      '@lucide/vue',
      '@tanstack/vue-virtual',
      '@vueuse/core',
      // The page that says what is new shows it.
      'CHANGELOG.md?raw',
      'diff',
      'pinia',
      'reka-ui',
      'vue',
      'vue-router',
      'yaml',
      'zod',
    ],
  },
  {
    folder: `${RENDERER}/main.ts`,
    own: [`${RENDERER}/pages`, `${RENDERER}/state`, `${RENDERER}/style`],
    packages: ['pinia', 'vue', 'vue-router', 'zod'],
  },
  {
    folder: 'scripts',
    own: ['src-main', 'scripts', 'tests/architecture', 'tests/support', 'tests/renderer/support'],
    packages: [
      'yaml',
      '@electron/fuses',
      'electron-vite',
      'node:child_process',
      'node:crypto',
      'node:events',
      'node:fs',
      'node:os',
      'node:process',
      'node:readline',
      'node:stream',
      'node:timers',
      'node:util',
      'node:zlib',
      'playwright-core',
      'typescript',
      'vite',
      'vite.renderer.config.ts',
      'zod',
    ],
  },
  {
    // Runs before anything is installed: no package, and nothing that would need one.
    folder: 'scripts/setup',
    own: [],
    packages: [
      'node:child_process',
      'node:crypto',
      'node:events',
      'node:fs',
      'node:os',
      'node:stream',
      'node:timers',
      'node:util',
      'node:zlib',
    ],
  },
  { folder: 'scripts/bootstrap.mjs', own: ['scripts/setup'], packages: ['node:fs'] },
];
