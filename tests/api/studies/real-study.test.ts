import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PlannedStudy } from '#contract/api/runs/planned-studies.ts';
import type { StartSamples } from '#contract/api/runs/start-samples.ts';
import { resolveStudy } from '#contract/config/index.ts';
import { readSeries } from '../../../src-main/store/queries/metrics.ts';
import { readConfig } from '../../../src-main/store/queries/runs.ts';
import { readSamplesAt } from '../../../src-main/store/queries/samples.ts';
import { ROOT } from '../../architecture/source-tree.ts';
import { realHost, resultOf } from '../../runs/real-host.ts';
import { isLongForm } from '../../support/long-form.ts';

const STARTER = join(ROOT, 'resources/starter');
const data = (kind: string) => ({
  files: [`${kind}-train.jsonl.gz`],
  held_out_files: [`${kind}-held-out.jsonl.gz`],
  duplicates: 'keep',
});

/** A reward model that all share, and two methods with two seeds, as small as they can be. */
const STUDY = {
  ...{ recipe: 'study', name: 'tiny', seeds: [1, 2] },
  prepare: {
    reward: {
      ...{ recipe: 'reward-model', model: 'policy', data: { ...data('preference'), max_records: 200 } },
      training: { max_steps: 2, batch_size: 4 },
    },
  },
  base: {
    ...{ model: 'policy', data: data('prompts'), certificate_required: false },
    reward: { type: 'model', model: 'stage:reward/reward_model' },
    judge: { type: 'rules', rules: [{ type: 'length', unit: 'words', max: 4 }] },
    generation: { max_new_tokens: 6 },
    rollouts: { num_rollouts: 4, chunk_size: 4 },
    updates: { total_iterations: 1, minibatch_size: 4, num_ppo_epochs: 1 },
    optimizer: { learning_rate: 0.001 },
    evaluation: { num_prompts: 6 },
  },
  methods: [{ recipe: 'apa' }, { recipe: 'ppo' }],
};

test.runIf(isLongForm)(
  'runs of one start share its evaluation and its reward model, and best of n begins there',
  {
    timeout: 400_000,
  },
  async () => {
    const { host, client } = realHost();
    const request = { config: JSON.stringify(STUDY), baseFolder: STARTER };
    expect(await resultOf(await client.studies.check(request))).toMatchObject({ faults: [] });
    const begun = (await resultOf(await client.studies.begin(request))) as PlannedStudy;
    const { id } = begun.study;
    for (;;) {
      const next = host.setup.signals.nextOfAny();
      if ((await client.studies.planned({ id })).state !== 'running') break;
      await next;
    }
    const { entries, finished } = await client.studies.planned({ id });
    expect({ finished, of: entries.length }).toEqual({ finished: 5, of: 5 });

    const { read } = host.setup.store;
    const [shared, ...compared] = entries.map(({ run }) => host.find(run!));
    const rewards = compared.map(({ number }) => readConfig(read, number).resolved.reward);
    expect(rewards).toEqual(compared.map(() => expect.objectContaining({ model: `run:${shared!.id}/reward_model` })));
    const starts = compared.map(({ number }) => ({
      kl: readSeries(read, number, 'eval/kl_exact')[0]!.value,
      reward: readSeries(read, number, 'eval/reward')[0]!.value,
      judge: readSeries(read, number, 'eval/judge')[0]!.value,
      samples: readSamplesAt(read, number, 0).map(({ prompt, response, score, judge }) => [
        prompt,
        response,
        score,
        judge,
      ]),
    }));
    expect(starts[0]!.samples).toHaveLength(6);
    expect(starts.slice(1)).toEqual([starts[0], starts[0], starts[0]]);

    const sampled = (await resultOf(await client.studies.sampleStart({ id, samples: 3 }))) as StartSamples;
    expect(sampled.rewards.map((scores) => scores[0])).toEqual(starts[0]!.samples.map(([, , score]) => score));
    expect(sampled.judges!.map((scores) => scores[0])).toEqual(starts[0]!.samples.map(([, , , judge]) => judge));
    // Further draws are others.
    expect(sampled.rewards.some((scores) => new Set(scores).size > 1)).toBe(true);
    const { bestOf, runs } = await client.studies.report({ id });
    expect(bestOf).toMatchObject({ samples: 3, prompts: 6, points: [{ n: 1, kl: 0, mean: 0 }, { n: 2 }, { n: 3 }] });
    expect(runs.map(({ name, seed }) => `${name} ${seed}`)).toEqual(['APA 1', 'PPO 1', 'APA 2', 'PPO 2']);

    // A run becomes a study of all methods with an anchor.
    const draft = await client.studies.draft({ run: compared[0]!.id });
    const { study, entries: planned } = resolveStudy(draft.config);
    expect(study.methods.map(({ recipe, grid }) => [recipe, Object.values(grid)[0]?.length])).toEqual([
      ['apa', 3],
      ['ppo', 3],
      ['awr', 3],
    ]);
    expect(planned).toHaveLength(27);
    expect(planned[0]!.file).toMatchObject({ model: 'policy', updates: { total_iterations: 1 }, seed: 1 });
  },
);
