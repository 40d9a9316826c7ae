import process from 'node:process';
import { commandSchema, type EngineReport } from '../../src-main/engine/protocol.ts';
import { KEYS, pointsAt } from './synthetic-run.ts';

/**
 * Speaks the engine's protocol and tells so many points a second for so long (KEEL_POINTS_PER_SECOND, KEEL_SECONDS),
 * in time with the clock: what it could not tell in one turn it tells in the next.
 */
const PER_SECOND = Number(process.env.KEEL_POINTS_PER_SECOND ?? 10_000) / KEYS.length;
const SECONDS = Number(process.env.KEEL_SECONDS ?? 60);
const TURN_MILLISECONDS = 20;

let sequence = 0;
function tell(report: EngineReport): void {
  sequence += 1;
  process.send?.({ ...report, sequence });
}

async function stream(): Promise<void> {
  const steps = Math.round(PER_SECOND * SECONDS);
  const start = performance.now();
  for (let step = 0; step < steps; ) {
    await new Promise((resolve) => setTimeout(resolve, TURN_MILLISECONDS));
    const due = Math.min(steps, Math.floor(((performance.now() - start) / 1000) * PER_SECOND));
    for (; step < due; step += 1) tell({ kind: 'metrics', step: step + 1, points: pointsAt(step + 1, steps) });
    tell({
      kind: 'progress',
      progress: { phase: 'training', done: step, total: steps, unit: 'iterations', rate: null, secondsLeft: null },
    });
  }
  tell({ kind: 'summary', summary: { steps } });
}

process.on('disconnect', () => process.exit(1));
process.on('message', (message) => {
  if (commandSchema.parse(message).kind !== 'start') return;
  void stream().then(() => process.disconnect());
});
tell({ kind: 'ready', device: { backend: 'none' }, settings: { threads: 1 } });
