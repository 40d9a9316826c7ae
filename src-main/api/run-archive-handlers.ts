import type { OpenedBackup } from '#contract/api/run-archive.ts';
import type { MetricExportResult } from '#contract/api/runs/metric-export.ts';
import type { WorkMessage } from '#contract/api/work-stream.ts';
import { exportMetrics } from '../runs/archive/export-metrics.ts';
import { labelRun } from '../runs/archive/label-run.ts';
import { readLineage } from '../runs/archive/lineage.ts';
import { emptyTrash, trashEntries } from '../runs/archive/trash.ts';
import { backUpRun } from '../runs/backup/backup-run.ts';
import { openBackup } from '../runs/backup/open-backup.ts';
import { backgroundJob } from '../runs/host/background-job.ts';
import { base } from './base.ts';
import { typedStream } from './error-boundary.ts';
import { exportChoices, exportRows } from './exports/export-choices.ts';
import type { PathAccess } from './path-access.ts';

const { runs, trash } = base;

function mayRead(paths: PathAccess, path: string): boolean {
  try {
    paths.read('/', path);
    return true;
  } catch {
    return false;
  }
}

export const runArchiveHandlers = {
  remove: runs.remove.handler(({ input, context: { host } }) => host.remove(input.run, input)),
  restore: runs.restore.handler(({ input, context: { host } }) => host.restore(input.run)),
  label: runs.label.handler(({ input: { run, ...change }, context: { host } }) =>
    labelRun(host.setup, host.find(run), change),
  ),
  lineage: runs.lineage.handler(({ input, context: { host } }) => {
    return readLineage(host.setup.store.read, host.find(input.run));
  }),
  exports: runs.exports.handler(({ input, context: { host } }) => [...exportRows(host, input.run)]),
  exportChoices: runs.exportChoices.handler(({ input, context: { host } }) => [...exportChoices(host, input.run)]),
  backup: runs.backup.handler(async function* ({ input, context: { host, paths }, signal }) {
    const { store, now, clock } = host.setup;
    const run = host.findIdle(input.run);
    const out = paths.write(input.folder, input.out);
    yield* typedStream(backgroundJob((desk) => backUpRun(store, run, out, now(), desk), clock, signal));
  }),
  exportMetrics: runs.exportMetrics.handler(async function* ({ input, context: { host, paths }, signal }) {
    const { store, clock } = host.setup;
    const { format, samples } = input;
    const request = {
      runs: input.runs.map((run) => host.find(run)),
      format,
      samples,
      out: paths.write(input.folder, input.out),
    };
    const work = backgroundJob((desk) => exportMetrics(store.read, request, desk), clock, signal);
    for await (const message of typedStream(work)) yield message as WorkMessage<MetricExportResult>;
  }),
  open: runs.open.handler(async function* ({ input, context: { host, paths }, signal }) {
    const { store, home, clock, signals } = host.setup;
    const file = paths.read(input.folder, input.file);
    const baseFolder = input.baseFolder === null ? null : paths.read(input.folder, input.baseFolder);
    const request = { file, baseFolder, mayRead: (path: string) => mayRead(paths, path) };
    const work = backgroundJob((desk) => openBackup(store, home, request, desk), clock, signal);
    for await (const message of typedStream(work)) {
      if (message.kind === 'result') for (const { to } of (message.result as OpenedBackup).opened) signals.change(to);
      yield message;
    }
  }),
};

export const trashHandlers = {
  list: trash.list.handler(({ context: { host } }) => [...trashEntries(host.setup)]),
  empty: trash.empty.handler(({ context: { host } }) => emptyTrash(host.setup)),
};
