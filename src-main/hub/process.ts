import process from 'node:process';
import { KeelError } from '#contract/errors.ts';
import { typedDiskError } from '../disk/disk-full.ts';
import { download } from './download.ts';
import { type HubRequest, lookUp } from './look-up.ts';
import { hubPlaces } from './places.ts';
import { type HubReport, hubCommandSchema } from './protocol.ts';

/**
 * The only part of Keel that accesses the network after setup. It is a separate process that starts when the user
 * requests a model, answers once, and exits. Killing it cancels a download.
 */

const GAP_MILLISECONDS = 100;

function tell(report: HubReport): Promise<void> {
  return new Promise((resolve) => process.send?.(report, () => resolve()));
}

function failure(thrown: unknown): HubReport {
  const error = typedDiskError(thrown, null);
  if (error instanceof KeelError) {
    const { faults, ...shape } = error.toShape();
    return { kind: 'failed', error: { ...shape, ...(faults && { faults: [...faults] }) } };
  }
  const words = error instanceof Error ? error.message : String(error);
  const fix = 'Try again; downloaded data is kept.';
  return {
    kind: 'failed',
    error: { code: 'hub_failed', why: `The download failed: ${words}.`, fix, kind: 'expected' },
  };
}

async function answer(message: unknown): Promise<void> {
  const { models, ...request } = hubCommandSchema.parse(message);
  let toldAt = 0;
  const report = (done: number, total: number) => {
    if (performance.now() - toldAt < GAP_MILLISECONDS && done < total) return;
    toldAt = performance.now();
    void tell({ kind: 'progress', done, total });
  };
  const asked: HubRequest = request;
  const model =
    models === null
      ? await lookUp(asked)
      : await download(asked, ({ repository, commit }) => hubPlaces(models, repository, commit), report);
  await tell({ kind: 'done', model });
}

process.once('message', (message) => {
  answer(message)
    .catch((error: unknown) => tell(failure(error)))
    .then(() => process.exit(0));
});
process.on('disconnect', () => process.exit(1));
