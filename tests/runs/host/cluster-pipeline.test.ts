import { expect, test } from 'vitest';
import { spawnEngine } from '../../../src-main/runs/engine/engine-process.ts';
import { listStages } from '../../../src-main/store/queries/runs.ts';
import { CONFIG, hostWith } from '../fake-host.ts';

const PIPELINE = JSON.stringify({
  recipe: 'pipeline',
  name: 'both',
  stages: {
    model_init: { corpus: ['corpus.txt'] },
    sft: { model: 'stage:model_init/model', data: { files: ['data.jsonl'] } },
  },
});

test('the first stage of a pipeline on a cluster is computed here, and does not keep others from this machine', async () => {
  const begun: string[] = [];
  const host = hostWith(
    (request) => {
      const run = host.find(request.run!.id);
      begun.push(`${run.stage ?? run.name} on ${request.run!.device}`);
      return spawnEngine(request);
    },
    { behavior: { steps: 200, stepMilliseconds: 5 } },
  );
  const on = { cluster: 'lab', cpus: 1, gpus: 0 };
  const pipeline = host.start({ config: PIPELINE, baseFolder: '/', on });
  const stages = () => listStages(host.setup.store.read, pipeline.id);
  while (!stages().some(({ stage, state }) => stage === 'sft' && state === 'running')) {
    await host.setup.signals.nextOfAny();
  }
  const own = host.start({ config: CONFIG, baseFolder: '/' });
  while (host.find(own.id).state === 'queued') await host.setup.signals.nextOfAny();
  // The pipeline is still under way on its cluster.
  expect(stages().map(({ state }) => state)).toEqual(['finished', 'running']);
  expect(begun).toEqual(['model_init on default', 'sft on ray:lab?cpus=1&gpus=0', 'tiny on default']);
});
