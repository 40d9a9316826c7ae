import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { describeTuning } from '#contract/describe-tuning.ts';
import { LAYOUT, locateEngine } from '#setup/engine-manifest.mjs';
import { readTuning, type TunedSettings, writeTuning } from '#setup/engine-tuning.mjs';
import { chooseSettings, compareProducts, tuneEngine } from '../../../src-main/runs/diagnostics/tune-engine.ts';
import { spawnEnvironment } from '../../../src-main/runs/engine/spawn-environment.ts';
import { isLongForm } from '../../support/long-form.ts';
import { hasNative } from '../../support/runtimes.ts';

const binding = process.env.KEEL_ENGINE_BINDING ?? '';

/** A data folder whose engine is that of the tests. */
function homeWithEngine(): string {
  const home = mkdtempSync(join(tmpdir(), 'keel-tune-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const folder = join(home, 'engine', 'tensorflow-cpu-2.21.0');
  mkdirSync(folder, { recursive: true });
  symlinkSync(binding, join(folder, 'tfjs_binding.node'));
  symlinkSync(join(dirname(binding), 'lib'), join(folder, 'lib'));
  const manifest = {
    layout: LAYOUT,
    variant: 'tensorflow-cpu-2.21.0',
    backend: 'tensorflow',
    device: 'cpu',
    tensorflowVersion: '2.21.0',
    binding: 'tfjs_binding.node',
    files: {},
    sha256: {},
    unverified: [],
    build: null,
    libraryPath: [],
  };
  writeFileSync(join(folder, 'engine.json'), JSON.stringify(manifest));
  expect(locateEngine({ home })?.variant).toBe('tensorflow-cpu-2.21.0');
  return home;
}

/** Seconds by name of the settings; what is not named cannot be run. */
function costs(table: Readonly<Record<string, number>>) {
  const asked: string[] = [];
  const measure = async ({ threads, onednn, xla }: TunedSettings) => {
    const name =
      [onednn && 'onednn', xla && 'xla', threads && `${threads} threads`].filter(Boolean).join(' ') || 'none';
    asked.push(name);
    const seconds = table[name];
    if (seconds === undefined) return null;
    return { train: seconds / 2, decode: seconds / 2, products: seconds, computeDtype: 'float32' as const };
  };
  return { asked, measure };
}

describe('the choice of settings', () => {
  test.each([
    ['the usual ones where nothing is faster', 2, { onednn: 1, none: 1.2, 'onednn xla': 2 }, [0, true, false]],
    ['not for a gain that noise could be', 2, { onednn: 1, none: 0.96 }, [0, true, false]],
    ['without oneDNN', 2, { onednn: 1, none: 0.5, xla: 0.6 }, [0, false, false]],
    ['with XLA on top', 2, { onednn: 1, none: 1.5, 'onednn xla': 0.5 }, [0, true, true]],
    ['half the threads', 8, { onednn: 1, none: 1.5, 'onednn 4 threads': 0.8 }, [4, true, false]],
    ['all three', 8, { onednn: 4, none: 3, xla: 2, 'xla 4 threads': 1 }, [4, false, true]],
    ['what runs, where the usual ones do not', 2, { none: 1 }, [0, false, false]],
  ] as const)('%s', async (_, threads, table, [tunedThreads, onednn, xla]) => {
    const { settings } = await chooseSettings(costs(table).measure, threads);
    expect(settings).toEqual({ threads: tunedThreads, onednn, xla });
  });

  test('two threads are not halved', async () => {
    const { asked, measure } = costs({ onednn: 1, none: 2 });
    await chooseSettings(measure, 2);
    expect(asked).toEqual(['onednn', 'onednn', 'none', 'onednn xla']);
  });

  test('is told with what the others cost', async () => {
    const chosen = await chooseSettings(costs({ onednn: 1, none: 1.5 }).measure, 2);
    expect(describeTuning(chosen)).toBe(
      'oneDNN on, XLA off, all threads (measured as fastest on this machine); oneDNN off, XLA off, all threads: 1.50 ' +
        'times as long; oneDNN on, XLA on, all threads: could not be run',
    );
  });

  test('says so where nothing could be run', async () => {
    const chosen = await chooseSettings(costs({}).measure, 2);
    expect(describeTuning(chosen)).toContain('oneDNN on, XLA off, all threads (defaults; nothing could be measured)');
  });
});

describe('products in bfloat16', () => {
  /** Answers with seconds in turn; a processor without such products computes in float32. */
  const measuring = (bfloat16: readonly number[] | null) => {
    const left = [...(bfloat16 ?? [])];
    return async (_: TunedSettings, wanted: 'float32' | 'bfloat16' = 'float32') => {
      const computeDtype = bfloat16 === null ? 'float32' : wanted;
      return { train: 1, decode: 1, products: left.shift() ?? 1, computeDtype };
    };
  };
  const usual = { threads: 0, onednn: true, xla: false };

  test.each([
    ['are recommended where they are clearly faster', 0.9, [0.6, 0.5], { bfloat16: 0.5, recommended: 'bfloat16' }],
    ['are not for a small gain', 1, [0.9, 1.1], { bfloat16: 0.9, recommended: 'float32' }],
    ['are not there', 0.8, null, { bfloat16: null, recommended: 'float32' }],
  ] as const)('%s', async (_, float32, narrow, expected) => {
    expect(await compareProducts(measuring(narrow), usual, float32)).toEqual({ float32, ...expected });
  });

  test('are unknown where nothing could be run', async () => {
    expect(await compareProducts(measuring([1]), usual, null)).toBeNull();
  });

  test('are compared with float32 under the same settings, at its fastest', async () => {
    const { products } = await chooseSettings(costs({ onednn: 1.5, none: 1, xla: 2 }).measure, 2);
    expect(products).toBe(1);
  });
});

describe.runIf(hasNative)('a tuned engine', () => {
  const slow = { settings: { threads: 1, onednn: false, xla: false }, tried: [], measuredAt: 0 };

  test('computes with its settings, unless the person or the run has others', () => {
    const home = homeWithEngine();
    const make = spawnEnvironment(home, { KEEL_ENGINE_CHOSEN: 'setup' });
    expect(make(null, {})).toMatchObject({ TF_ENABLE_ONEDNN_OPTS: '1' });
    writeTuning({ home, variant: 'tensorflow-cpu-2.21.0' }, slow);
    expect(make(null, {})).toMatchObject({ TF_ENABLE_ONEDNN_OPTS: '0', TF_NUM_INTRAOP_THREADS: '1' });
    expect(make(null, { compute_dtype: 'bfloat16' })).toMatchObject({ TF_ENABLE_ONEDNN_OPTS: '1' });
    expect(make(null, { threads: 2 })).toMatchObject({ TF_ENABLE_ONEDNN_OPTS: '0', TF_NUM_INTRAOP_THREADS: '2' });
    expect(make({ onednn: true, threads: 2 }, {})).toMatchObject({ TF_ENABLE_ONEDNN_OPTS: '1' });
    const other = spawnEnvironment(home, { TF_ENABLE_ONEDNN_OPTS: '1', KEEL_ENGINE_CHOSEN: 'setup' });
    expect(other(null, {})).toMatchObject({ TF_ENABLE_ONEDNN_OPTS: '1' });
    const named = spawnEnvironment(home, { KEEL_ENGINE_BINDING: binding, KEEL_ENGINE_CHOSEN: '' });
    expect(named(null, {})).toMatchObject({ TF_ENABLE_ONEDNN_OPTS: '1' });
  });

  test('of another machine is measured anew', () => {
    const home = homeWithEngine();
    writeTuning({ home, variant: 'tensorflow-cpu-2.21.0' }, slow);
    const file = join(home, 'engine', 'tensorflow-cpu-2.21.0', 'tuning.json');
    const moved = readFileSync(file, 'utf8').replace(
      /"machine": "[^"]*"/,
      '"machine": "another processor, 96 threads"',
    );
    writeFileSync(file, moved);
    expect(readTuning({ home })).toBeNull();
  });

  test.runIf(isLongForm)(
    'is measured by running a training step and a decoding loop under each',
    {
      timeout: 480_000,
    },
    async () => {
      const home = homeWithEngine();
      const { settings, tried, products } = await tuneEngine(home, process.env);
      expect(products?.float32).toBeGreaterThan(0);
      const hasProducts = /\bamx_bf16\b|AuthenticAMD[\s\S]*avx512_bf16/.test(readFileSync('/proc/cpuinfo', 'utf8'));
      if (hasProducts) expect(products?.bfloat16).toBeGreaterThan(0);
      else expect(products).toMatchObject({ bfloat16: null, recommended: 'float32' });
      expect(tried.length).toBeGreaterThanOrEqual(4);
      for (const { seconds } of tried.filter(({ settings: { xla } }) => !xla)) {
        expect(seconds?.train).toBeGreaterThan(0);
        expect(seconds?.decode).toBeGreaterThan(0);
      }
      expect(readTuning({ home })).toMatchObject({ settings, products });
    },
  );
});

test('an engine that is not there is not measured', async () => {
  const home = mkdtempSync(join(tmpdir(), 'keel-tune-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  await expect(tuneEngine(home, {})).rejects.toMatchObject({ code: 'engine_missing' });
});
