import { execFile } from 'node:child_process';
import { cpus, freemem, totalmem } from 'node:os';
import type { GpuLoad, SystemLoad } from '#contract/api/system.ts';
import { THIS_MACHINE } from '../preflight/machine.ts';

interface Times {
  readonly busy: number;
  readonly all: number;
}

/** Time of all cores since the machine started, in milliseconds. */
function readTimes(): Times {
  let [busy, all] = [0, 0];
  for (const { times } of cpus()) {
    const total = times.user + times.nice + times.sys + times.irq + times.idle;
    all += total;
    busy += total - times.idle;
  }
  return { busy, all };
}

const MEBIBYTE = 2 ** 20;
const PATIENCE_MILLISECONDS = 2000;

/** One line of `nvidia-smi` per GPU: percent, mebibytes used, mebibytes in all. */
export function parseGpus(text: string): readonly GpuLoad[] {
  return text
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [percent = Number.NaN, used = Number.NaN, total = Number.NaN] = line.split(',').map(Number);
      if (![percent, used, total].every(Number.isFinite)) return [];
      return [{ share: percent / 100, usedBytes: used * MEBIBYTE, totalBytes: total * MEBIBYTE }];
    });
}

/** Empty where the program is missing or does not answer. */
function readGpus(): Promise<readonly GpuLoad[]> {
  const query = ['--query-gpu=utilization.gpu,memory.used,memory.total', '--format=csv,noheader,nounits'];
  return new Promise((resolve) => {
    execFile('nvidia-smi', query, { timeout: PATIENCE_MILLISECONDS }, (error, text) =>
      resolve(error ? [] : parseGpus(text)),
    );
  });
}

/** Measures the load of this machine; the CPU's is that since the last call, and null at the first. */
export function createLoadMeter(): () => Promise<SystemLoad> {
  let last: Times | null = null;
  let hasGpu = true;
  return async () => {
    const now = readTimes();
    const share = last && now.all > last.all ? (now.busy - last.busy) / (now.all - last.all) : null;
    last = now;
    const gpus = hasGpu ? await readGpus() : [];
    // A machine without the program has no such GPU, and does not get one while it runs.
    hasGpu = gpus.length > 0;
    const totalBytes = totalmem();
    const usedBytes = totalBytes - Math.min(totalBytes, THIS_MACHINE.availableMemory() ?? freemem());
    return { cpu: { share, cores: cpus().length }, memory: { usedBytes, totalBytes }, gpus: [...gpus] };
  };
}
