import type { PreflightStage, PreflightWarning } from '#contract/api/runs/preflight.ts';
import { inertChoices } from '#contract/config/index.ts';
import type { Levers } from './batch-levers.ts';

const MEGABYTE = 2 ** 20;
const inMegabytes = (bytes: number) => `${Math.ceil(bytes / MEGABYTE).toLocaleString('en-US')} MB`;

type Judged = Pick<PreflightStage, 'memory' | 'disk' | 'device' | 'suggestedMicroBatch' | 'time'>;

function ofMemory({ memory, suggestedMicroBatch }: Judged, { batch, recomputes }: Levers): PreflightWarning[] {
  if (memory.fits) return [];
  const how = memory.source === 'measured' ? 'took' : 'would take about';
  const why = `The run ${how} ${inMegabytes(memory.peakBytes)} of memory; ${inMegabytes(memory.limitBytes)} are free.`;
  const field = suggestedMicroBatch === null ? batch.field : 'engine.micro_batch_size';
  const recompute = recomputes ? '' : 'Set engine.recompute_activations to true, or ';
  const lower = `${recompute ? 'lower' : 'Lower'} ${batch.field} or data.max_length, or take a smaller model.`;
  const smaller = recompute + lower;
  const fix = suggestedMicroBatch === null ? smaller : `Set engine.micro_batch_size to ${suggestedMicroBatch}.`;
  return [{ level: 'error', field, why, fix }];
}

function ofDisk({ disk }: Judged, mount: string): PreflightWarning[] {
  if (disk.fits) return [];
  const why = `The run needs about ${inMegabytes(disk.totalBytes)} of disk; ${inMegabytes(disk.freeBytes)} are free. It will wait for disk.`;
  const fix = `Free ${inMegabytes(disk.totalBytes - disk.freeBytes)} on ${mount}, or keep fewer checkpoints (checkpoints.keep_every).`;
  return [{ level: 'error', field: 'checkpoints.keep_every', why, fix }];
}

function ofEngine({ device, memory }: Judged): PreflightWarning[] {
  const slow: PreflightWarning[] =
    device.mode === 'eager' && device.backend !== 'javascript'
      ? [
          {
            level: 'note',
            field: 'engine.mode',
            why: 'Steps run op by op.',
            fix: 'Set engine.mode to compiled; it is several times faster.',
          },
        ]
      : [];
  if (memory.deviceBytes === null) return slow;
  const why = `At least ${inMegabytes(memory.deviceBytes)} lie on the GPU; activations come on top and were not counted there.`;
  return [...slow, { level: 'note', field: null, why, fix: 'Watch the GPU during the first iterations.' }];
}

/** What the config asks for in vain. */
export function inertWarnings(config: Readonly<Record<string, unknown>>): PreflightWarning[] {
  return inertChoices(config).map(({ path, value, why }) => {
    return { level: 'warning', field: path, why: `${path} is ${value}. ${why}`, fix: `Leave ${path} at its default.` };
  });
}

/**
 * What a person should know before the start, with the number.
 * @param mount of the disk that the run will write to.
 */
export function stageWarnings(stage: Judged, levers: Levers, mount: string): PreflightWarning[] {
  return [...ofMemory(stage, levers), ...ofDisk(stage, mount), ...ofEngine(stage)];
}
