import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { expect, onTestFinished, test } from 'vitest';
import { systemReportSchema } from '#contract/api/system-report.ts';
import { whatFits } from '#contract/memory/what-fits.ts';
import { checkSystem } from '../../../src-main/runs/diagnostics/system-check.ts';
import { findFaults, type Observation } from '../../../src-main/runs/diagnostics/system-faults.ts';
import { renderSystemReport } from '../../../src-main/runs/diagnostics/system-report-text.ts';

const binding = process.env.KEEL_ENGINE_BINDING ?? '';

function emptyHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'keel-doctor-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

const sound: Observation = {
  platform: 'linux-x64',
  engine: {
    variant: 'tensorflow-cpu-2.21.0',
    backend: 'tensorflow',
    device: 'cpu',
    binding: '/engine/tfjs_binding.node',
    tensorflowVersion: '2.21.0',
    gigaflops: 80,
    bfloat16Gigaflops: null,
    tuning: null,
    problem: null,
  },
  node: { version: '24.21.0', path: '/node' },
  processor: { model: 'a processor', count: 2 },
  memory: { total: 8e9, available: 6e9 },
  disk: { folder: '/home', free: 50e9 },
  exposed: [],
  sqlite: { version: '3.54.1', sound: true },
  electron: { version: '45.4.1' },
  compiler: { name: 'g++' },
};

/** Level and subject of what is found when part of a sound machine is different. */
const found = (different: Partial<Observation>) =>
  findFaults({ ...sound, ...different }).map(({ level, what }) => `${level} ${what}`);

test('a machine that has everything gets no finding', () => {
  expect(findFaults(sound)).toEqual([]);
});

test.each<[Partial<Observation>, string[]]>([
  [{ engine: { ...sound.engine, variant: null, backend: null, problem: 'none' } }, ['error Engine']],
  [{ engine: { ...sound.engine, problem: 'a library is missing' } }, ['error Engine']],
  [{ engine: { ...sound.engine, backend: 'javascript' } }, ['warning Engine']],
  [{ sqlite: { version: '3.52.0', sound: false } }, ['error SQLite']],
  [{ sqlite: { version: null, sound: false } }, ['error SQLite']],
  [{ compiler: { name: null } }, ['note C++ compiler']],
  [{ electron: { version: null } }, ['note Electron']],
  [{ disk: { folder: '/home', free: 1e9 } }, ['warning Disk']],
  [{ disk: { folder: '/home', free: 1e6 } }, ['error Disk']],
  [{ exposed: ['/home', '/home/store.sqlite'] }, ['warning Data folder']],
  [{ memory: { total: 8e9, available: 1e9 } }, ['warning Memory']],
  [{ electron: { version: null }, sqlite: { version: null, sound: false } }, ['error SQLite', 'note Electron']],
])('%j is found', (different, expected) => {
  expect(found(different)).toEqual(expected);
});

test('this machine is examined by using it', async () => {
  const report = await checkSystem({
    home: emptyHome(),
    environment: { ...process.env, KEEL_ENGINE_BINDING: binding },
  });
  expect(systemReportSchema.parse(report)).toEqual(report);
  expect(report.sqlite).toMatchObject({ sound: true });
  expect(report.memory.available).toBeGreaterThan(0);
  expect(report.disk.free).toBeGreaterThan(0);
  if (binding) {
    expect(report.engine).toMatchObject({ backend: 'tensorflow', tensorflowVersion: '2.21.0', problem: null });
    expect(report.engine.gigaflops).toBeGreaterThan(1);
    const hasProducts = /\bamx_bf16\b|AuthenticAMD[\s\S]*avx512_bf16/.test(readFileSync('/proc/cpuinfo', 'utf8'));
    expect(report.engine.bfloat16Gigaflops === null).toBe(!hasProducts);
  }
});

test('an engine that does not load is a finding, not a crash', async () => {
  const home = emptyHome();
  const broken = join(home, 'tfjs_binding.node');
  writeFileSync(broken, 'no library');
  const report = await checkSystem({ home, environment: { ...process.env, KEEL_ENGINE_BINDING: broken } });
  expect(report.healthy).toBe(false);
  expect(report.findings[0]).toMatchObject({
    level: 'error',
    what: 'Engine',
    fix: expect.stringContaining('engine install'),
  });
  expect(renderSystemReport(report)).toContain('Not ready');
});

test.each([
  [null, null, 'float32. The processor has no fast products of bfloat16'],
  [240, null, 'Products of bfloat16: 240 GFLOP/s, of float32: 80. npm run keel -- engine tune measures'],
  [240, { float32: 0.2, bfloat16: 0.1, recommended: 'bfloat16' }, 'products take 0.50 of the time: recommended where'],
  [240, { float32: 0.1, bfloat16: 0.1, recommended: 'float32' }, 'products take 1.00 of the time: not recommended'],
] as const)(
  'it says what engine.compute_dtype means here: %j GFLOP/s of bfloat16, measured %j',
  (speed, products, words) => {
    const settings = { threads: 0, onednn: true, xla: false };
    const tuning = products && { settings, tried: [], products, measuredAt: 0 };
    const engine = { ...sound.engine, bfloat16Gigaflops: speed, tuning };
    const text = renderSystemReport({ healthy: true, ...sound, engine, fits: whatFits(6e9), findings: [] });
    expect(text.split('\n').find((line) => line.startsWith('Precision'))).toContain(words);
  },
);

test('a data folder without an engine says how to get one', async () => {
  const report = await checkSystem({ home: emptyHome(), environment: { ...process.env, KEEL_ENGINE_BINDING: '' } });
  expect(report.engine).toMatchObject({ variant: null, problem: 'no engine is set up' });
  expect(renderSystemReport(report)).toContain('npm run keel -- engine install');
});
