import type { TokenView } from '#contract/api/library/dataset-library.ts';
import { changeDataset, useDatasetVersion } from '../library/change-dataset.ts';
import { addDataset, getDataset, getDatasets, mapColumns, setRemoved } from '../library/dataset-library.ts';
import { type PlacedView, readDatasetRows, reportOnDataset } from '../library/read-dataset.ts';
import { starterDatasets } from '../library/starter-datasets.ts';
import { streamWork } from '../library/work-channel.ts';
import { locateReferences } from '../runs/host/artifact-references.ts';
import { type ApiContext, base } from './base.ts';
import { checkedConfig } from './config/checked-config.ts';
import { requireConfigPaths } from './config/config-paths.ts';
import { typedStream } from './error-boundary.ts';
import { modelFolder, placedOptions, stream } from './job-handlers.ts';

const { datasets } = base;

function placedView(context: ApiContext, view: TokenView): PlacedView {
  const { model } = view;
  return { ...view, model: model === null ? null : modelFolder(context, { folder: context.host.setup.home, model }) };
}

export const datasetHandlers = {
  check: datasets.check.handler(async function* ({ input, context, signal }) {
    const { folder, file } = input;
    const options = placedOptions(context, folder, input.options);
    yield* stream(context, input, { kind: 'check', file: context.paths.read(folder, file), options }, signal);
  }),
  checkConfig: datasets.checkConfig.handler(async function* ({ input, context, signal }) {
    const { config, overrides, baseFolder, examples, stage } = input;
    requireConfigPaths(context.paths, { config, overrides, baseFolder, name: null });
    const file = checkedConfig(config, overrides, stage);
    // Only the model's tokenizer is used: the reward of the run may not exist yet.
    const { locations } = locateReferences(context.host.setup.store.read, { model: file.model });
    const job = { kind: 'check_config' as const, config: file, locations: { ...locations }, examples };
    yield* stream(context, { folder: baseFolder }, job, signal);
  }),
  add: datasets.add.handler(async function* ({ input, context, signal }) {
    const { setup } = context.host;
    const file = { path: context.paths.read(input.folder, input.path), copy: input.copy };
    yield* typedStream(streamWork((report, stop) => addDataset(setup, file, report, stop), setup.clock, signal));
  }),
  list: datasets.list.handler(({ context: { host } }) => getDatasets(host.setup)),
  get: datasets.get.handler(({ input, context: { host } }) => getDataset(host.setup, input.dataset)),
  remove: datasets.remove.handler(({ input, context: { host } }) => setRemoved(host.setup, input.dataset, true)),
  restore: datasets.restore.handler(({ input, context: { host } }) => setRemoved(host.setup, input.dataset, false)),
  map: datasets.map.handler(({ input, context: { host } }) => mapColumns(host.setup, input.dataset, input.columns)),
  report: datasets.report.handler(async function* ({ input, context, signal }) {
    const { setup } = context.host;
    const view = placedView(context, input.view);
    const work = (report: Parameters<typeof reportOnDataset>[3], stop: AbortSignal) =>
      reportOnDataset(setup, input.dataset, view, report, stop);
    yield* typedStream(streamWork(work, setup.clock, signal));
  }),
  rows: datasets.rows.handler(async function* ({ input, context, signal }) {
    const { setup } = context.host;
    const { dataset: id, from, count } = input;
    const request = { id, from, count, view: placedView(context, input.view) };
    yield* typedStream(
      streamWork((report, stop) => readDatasetRows(setup, request, report, stop), setup.clock, signal),
    );
  }),
  change: datasets.change.handler(async function* ({ input, context, signal }) {
    const { setup } = context.host;
    const { dataset: id, version, changes } = input;
    const request = { id, version, changes };
    yield* typedStream(streamWork((report, stop) => changeDataset(setup, request, report, stop), setup.clock, signal));
  }),
  useVersion: datasets.useVersion.handler(async function* ({ input, context, signal }) {
    const { setup } = context.host;
    const { dataset, version } = input;
    yield* typedStream(
      streamWork((_report, stop) => useDatasetVersion(setup, dataset, version, stop), setup.clock, signal),
    );
  }),
  starter: datasets.starter.handler(() => starterDatasets()),
};
