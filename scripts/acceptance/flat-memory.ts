import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRuntime } from '#engine/runtime/start-runtime.ts';
import { runEngine } from '../../tests/support/engine-run.ts';
import { makeTinyWorld, tinyConfigs } from '../../tests/support/tiny-world.ts';
import type { AcceptanceLine } from './line.ts';

const STEPS = 10_000;
const WARM_UP = 1000;
/** Growth of the process's memory after the warm-up that still counts as flat. */
const ALLOWED_BYTES = 32e6;

export const flatMemory: AcceptanceLine = {
  number: 9,
  title: `${STEPS} training steps of a tiny model: tensors constant, memory flat after the warm-up`,
  async run(tell) {
    const folder = mkdtempSync(join(tmpdir(), 'keel-acceptance-'));
    const runtime = await startRuntime({ binding: process.env.KEEL_ENGINE_BINDING || null, mode: 'eager' });
    const base = tinyConfigs(makeTinyWorld(runtime, folder), STEPS).sft!;
    const config = {
      ...base,
      training: { ...(base.training as object), epochs: 10_000 },
      evaluation: { interval_steps: 1000 },
      checkpoints: { interval_steps: 1000 },
    };
    mkdirSync(join(folder, 'run'));
    const tensors = new Set<number>();
    const resident: number[] = [];
    const result = await runEngine({
      config,
      runFolder: join(folder, 'run'),
      resumeFrom: null,
      onEvent: (event) => {
        if (event.kind !== 'metrics' || event.step < WARM_UP) return;
        const valueAt = (wanted: string) => event.points.find(({ key }) => key === wanted)?.value;
        const [live, graphs, bytes] = ['system/tensors', 'system/graphs', 'system/memory_bytes'].map(valueAt);
        // Each loaded graph holds one tensor, and a batch of a rare length may load one late.
        if (live !== undefined && graphs !== undefined) tensors.add(live - graphs);
        if (bytes !== undefined) resident.push(bytes);
        if (event.step % 2000 === 0) tell(`step ${event.step}: ${((resident.at(-1) ?? 0) / 1e6).toFixed(0)} MB`);
      },
    });
    rmSync(folder, { recursive: true, force: true });
    const tail = resident.slice(-500);
    const head = resident.slice(0, 500);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const growth = mean(tail) - mean(head);
    const last = result.events.at(-1);
    if (last?.kind === 'failed') throw new Error(last.error.why);
    const finished = last?.kind === 'summary';
    return {
      passed: finished && tensors.size === 1 && growth < ALLOWED_BYTES,
      figures: [
        `tensors beside one a loaded graph, after the warm-up: ${[...tensors].join(', ')}`,
        `memory from step ${WARM_UP} to ${STEPS}: ${(growth / 1e6).toFixed(1)} MB growth on ${(mean(head) / 1e6).toFixed(0)} MB`,
      ],
    };
  },
};
