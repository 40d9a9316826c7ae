import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Runtime } from '#engine/runtime/types.ts';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { tellOfJob } from '../../support/run-job.ts';
import { runtimeKinds } from '../../support/runtimes.ts';
import type { TinyWorld } from '../../support/tiny-world.ts';

let world: TinyWorld;
let out = '';

beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  return fresh.remove;
});
beforeEach(() => {
  out = join(world.folder, 'out');
  rmSync(out, { recursive: true, force: true });
});

async function alone<Result>(work: (runtime: Runtime) => Promise<Result>): Promise<Result> {
  const runtime = await runtimeKinds[0]!.start();
  try {
    return await work(runtime);
  } finally {
    runtime.dispose();
  }
}

/** The two jobs that may replace a folder of a person's. */
const JOBS = {
  export: (force: boolean) => {
    const request = { kind: 'export', format: 'hf', what: 'policy', record: {} } as const;
    return alone((runtime) => tellOfJob(runtime, { ...request, source: world.model, out, force }));
  },
  'model init': (force: boolean) => {
    const shape = { hidden_size: 32, num_layers: 1, num_heads: 2, vocab_size: 300, context: 64 };
    const options = { family: 'gpt_neox', ...shape, corpus: [world.demonstrations], force };
    return alone((runtime) => tellOfJob(runtime, { kind: 'model_init', out, options }));
  },
};

describe.each(Object.entries(JOBS))('%s --force', (_, run) => {
  test('removes nothing of a folder that Keel did not write, and lists what is in it', async () => {
    mkdirSync(join(out, 'thesis'), { recursive: true });
    writeFileSync(join(out, 'thesis', 'chapter-1.tex'), 'years of work');
    writeFileSync(join(out, 'config.json'), '{}');
    await expect(run(true)).rejects.toMatchObject({
      code: 'export_target_foreign',
      faults: [{ where: 'config.json' }, { where: 'thesis' }],
    });
    expect(readFileSync(join(out, 'thesis', 'chapter-1.tex'), 'utf8')).toBe('years of work');
    expect(readdirSync(world.folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('replaces what it wrote before, but not after a person has changed or added a file', async () => {
    await run(false);
    await run(true);
    writeFileSync(join(out, 'config.json'), 'changed');
    writeFileSync(join(out, 'notes.txt'), 'mine');
    await expect(run(true)).rejects.toMatchObject({
      code: 'export_target_foreign',
      faults: [
        { where: 'config.json', why: 'was changed after Keel wrote it' },
        { where: 'notes.txt', why: 'was not written by Keel' },
      ],
    });
    expect(readFileSync(join(out, 'notes.txt'), 'utf8')).toBe('mine');
  });
});
