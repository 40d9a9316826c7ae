import { basename } from 'node:path';
import { downloadModel, hubOf, lookUpModel } from '../library/download-model.ts';
import { examplePrompts } from '../library/example-prompts.ts';
import { knownModels, requireAdapter } from '../library/known-models.ts';
import { getModels } from '../library/list-models.ts';
import { addModel, setModelHidden } from '../library/model-library.ts';
import { readModelSizes } from '../library/model-sizes.ts';
import { streamWork } from '../library/work-channel.ts';
import { base } from './base.ts';
import { typedStream } from './error-boundary.ts';
import { modelFolder, placedOptions, stream, wholeModel } from './job-handlers.ts';

const { models } = base;

export const modelHandlers = {
  init: models.init.handler(async function* ({ input, context, signal }) {
    const options = placedOptions(context, input.folder, input.options);
    const out = context.paths.write(input.folder, input.out);
    yield* stream(context, input, { kind: 'model_init', out, options }, signal);
  }),
  inspect: models.inspect.handler(async function* ({ input, context, signal }) {
    yield* stream(context, input, { kind: 'model_inspect', model: modelFolder(context, input) }, signal);
  }),
  diff: models.diff.handler(async function* ({ input, context, signal }) {
    const [a, b] = [input.model, input.other].map((model) => wholeModel(context, { folder: input.folder, model }));
    requireAdapter(input.base, [a as string, b as string]);
    yield* stream(
      context,
      input,
      { kind: 'model_diff', a: a as string, b: b as string },
      signal,
      {},
      { computes: false },
    );
  }),
  merge: models.merge.handler(async function* ({ input, context, signal }) {
    const { dtype, force } = input;
    const out = context.paths.write(input.folder, input.out);
    const adapter = wholeModel(context, input);
    const record = { name: basename(out) };
    yield* stream(context, input, { kind: 'merge', adapter, out, dtype, force, record }, signal);
  }),
  shape: models.shape.handler(({ input, context }) =>
    readModelSizes(modelFolder(context, input), knownModels(context.host.setup.store.read)),
  ),
  examples: models.examples.handler(({ input, context: { host } }) =>
    examplePrompts(host.setup.store.read, input.model, input.count),
  ),
  list: models.list.handler(({ input, context: { host } }) => getModels(host.setup, input.withCheckpoints)),
  add: models.add.handler(async function* ({ input, context: { host, paths }, signal }) {
    const { setup } = host;
    const wanted = { path: paths.read(input.folder, input.path), copy: input.copy };
    yield* typedStream(streamWork((report, stop) => addModel(setup, wanted, report, stop), setup.clock, signal));
  }),
  remove: models.remove.handler(({ input, context: { host } }) => setModelHidden(host.setup, input.model, true)),
  restore: models.restore.handler(({ input, context: { host } }) => setModelHidden(host.setup, input.model, false)),
  hub: models.hub.handler(() => hubOf()),
  lookup: models.lookup.handler(({ input, context: { host } }) => lookUpModel(host.setup, input)),
  download: models.download.handler(async function* ({ input, context: { host }, signal }) {
    const { setup } = host;
    yield* typedStream(streamWork((report, stop) => downloadModel(setup, input, report, stop), setup.clock, signal));
  }),
};
