import { cpus, totalmem } from 'node:os';
import { expect, test } from 'vitest';
import { createLoadMeter, parseGpus } from '../../../src-main/runs/diagnostics/system-load.ts';

test('the load of the CPU is that since the last question', async () => {
  const measure = createLoadMeter();
  const first = await measure();
  expect(first.cpu).toEqual({ share: null, cores: cpus().length });
  // Keeps one core busy for longer than the kernel's clock ticks.
  for (const end = performance.now() + 200; performance.now() < end; ) Math.sqrt(2);
  const { cpu, memory } = await measure();
  expect(cpu.share).toBeGreaterThan(0.5 / cpus().length);
  expect(cpu.share).toBeLessThanOrEqual(1);
  expect(memory.totalBytes).toBe(totalmem());
  expect(memory.usedBytes).toBeGreaterThan(process.memoryUsage.rss());
});

test('one line of nvidia-smi is one GPU; words are none', () => {
  expect(parseGpus('37, 1024, 81559\n0, 0, 81559\n')).toEqual([
    { share: 0.37, usedBytes: 1024 * 2 ** 20, totalBytes: 81_559 * 2 ** 20 },
    { share: 0, usedBytes: 0, totalBytes: 81_559 * 2 ** 20 },
  ]);
  expect(parseGpus('No devices were found')).toEqual([]);
});
