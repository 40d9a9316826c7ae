import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { StarterDataset } from '#contract/api/library/dataset-library.ts';
import { STARTER_FOLDER } from '../runs/host/demo.ts';

const manifestSchema = z.record(z.string(), z.object({ type: z.string(), records: z.int() }));

/** The files that are included with Keel, as their manifest describes them. */
export function starterDatasets(): StarterDataset[] {
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(STARTER_FOLDER, 'manifest.json'), 'utf8')));
  return Object.entries(manifest).map(([name, { type, records: rows }]) => {
    const path = join(STARTER_FOLDER, `${name}.jsonl.gz`);
    return { name: `${name}.jsonl.gz`, path, type, rows, bytes: statSync(path).size };
  });
}
