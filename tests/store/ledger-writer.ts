import process from 'node:process';
import { durably, inTransaction } from '../../src-main/store/database.ts';
import { openStore } from '../../src-main/store/open-store.ts';
import { upsertCheckpoint } from '../../src-main/store/queries/checkpoints.ts';
import { lastSequence } from '../../src-main/store/queries/events.ts';
import { upsertPoints } from '../../src-main/store/queries/metrics.ts';
import { readRun } from '../../src-main/store/queries/runs.ts';
import { addRun } from './temporary-store.ts';

/** Writes steps of two metrics each, and prints a step's number once its transaction has committed. */
const store = openStore(process.argv[2] ?? '');
const run = readRun(store.read, '20260101-000000-one')?.number ?? addRun(store.write);
for (let step = lastSequence(store.read, run) + 1; ; step += 1) {
  const within = step % 5 === 0 ? durably : inTransaction;
  within(store.write, () => {
    const points = [
      { key: 'loss', value: step },
      { key: 'accuracy', value: -step },
    ];
    upsertPoints(store.write, run, { step, points, at: step, sequence: step });
    const checkpoint = { step, folder: `/c/${step}`, manifestHash: 'ab', bytes: 1, isBest: false };
    upsertCheckpoint(store.write, run, checkpoint, step, step);
  });
  process.stdout.write(`${step}\n`);
}
