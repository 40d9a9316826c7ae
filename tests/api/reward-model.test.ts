import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { expect, test } from 'vitest';
import { certify } from '#engine/evaluation/certificate.ts';
import { ownContext } from '../../src-main/api/base.ts';
import { router } from '../../src-main/api/router.ts';
import { fakeHost } from '../runs/fake-host.ts';
import { addSyntheticRun, ONLINE } from './synthetic-runs.ts';

const CONFIG = { recipe: 'reward-model', model: '/m', data: { files: ['/pairs.jsonl'] } };
const judged = Array.from({ length: 40 }, (_, index) => ({
  chosenScore: index % 5 === 0 ? -1 : 1.5,
  rejectedScore: 0,
  chosenLength: 5,
  rejectedLength: 5,
}));

function opened(summary?: Readonly<Record<string, unknown>>) {
  const host = fakeHost({});
  const run = addSyntheticRun(host, { config: CONFIG, steps: [], ...(summary && { summary }) });
  return { host, run, client: createRouterClient(router, { context: ownContext(host) }) };
}

test('a certificate is read as the engine made it, with the verdict and the pairs it gets wrong', async () => {
  const { run, client } = opened({ certificate: certify(judged) });
  const worst = { prompt: 'p', chosen: 'c', rejected: 'r', ...judged[0], file: 'f', line: 7 };
  mkdirSync(join(run.folder, 'certificate'), { recursive: true });
  writeFileSync(join(run.folder, 'certificate', 'worst-pairs.json'), JSON.stringify([worst]));
  const answer = await client.rewardModels.get({ run: run.id });
  expect(answer).toMatchObject({ run: run.id, verdict: { isAccepted: true }, worst: [worst], usedBy: [] });
  expect(answer.certificate?.accuracy.share).toBe(0.8);
  // Equal lengths everywhere: their correlation is 0 by definition, and all 40 pairs stand in two bins.
  expect(answer.certificate?.lengthCorrelation).toEqual({ pearson: 0, spearman: 0 });
  expect(answer.certificate?.calibration.map(({ n }) => n)).toEqual([8, 32]);
});

test('without a certificate the verdict says so, and what a store cannot hold comes back as NaN', async () => {
  const bare = opened();
  const answer = await bare.client.rewardModels.get({ run: bare.run.id });
  expect(answer).toMatchObject({ certificate: null, worst: null, verdict: { isAccepted: false } });
  const empty = opened({ certificate: certify([]) });
  const { certificate } = await empty.client.rewardModels.get({ run: empty.run.id });
  expect(certificate?.accuracy).toMatchObject({ n: 0, share: Number.NaN });
});

test('another kind of run is refused', async () => {
  const { host, client } = opened();
  const apa = addSyntheticRun(host, { config: { ...ONLINE, recipe: 'apa' }, steps: [] });
  await expect(client.rewardModels.get({ run: apa.id })).rejects.toMatchObject({
    data: { code: 'not_a_reward_model' },
  });
});
