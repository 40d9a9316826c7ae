/** What handing runs to a cluster may import; see `import-table.ts`. */
export const CLUSTER_PLACES = [
  {
    // Runs that a Ray cluster computes: the same engine in a Ray job. The only code beside the hub that uses a network.
    folder: 'src-main/clusters',
    own: [
      'src-main/runs/engine',
      'src-main/runs/host/artifact-references.ts',
      'src-main/engine/protocol.ts',
      'src-main/engine/model/files/file-hash.ts',
      // Where the base of an adapter is.
      'src-main/engine/adapter-base.ts',
      'src-main/engine/known-bases.ts',
      'src-main/contract',
      'src-main/disk',
    ],
    packages: [
      'node:crypto',
      'node:fs',
      'node:http',
      'node:https',
      'node:os',
      'node:process',
      'node:timers',
      'node:zlib',
      'zod',
    ],
  },
  {
    // The relay runs on a cluster's node, where only the engine and what it needs have been sent.
    folder: 'src-main/clusters/node',
    own: [
      'src-main/clusters/frames.ts',
      'src-main/engine/protocol.ts',
      'src-main/engine/model/files/file-hash.ts',
      'src-main/contract',
    ],
    packages: ['node:child_process', 'node:fs', 'node:os', 'node:process', 'node:readline', 'zod'],
  },
];
