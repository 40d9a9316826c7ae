import { expect, test } from 'vitest';
import { locateReferences } from '../../../src-main/runs/host/artifact-references.ts';
import { upsertArtifact } from '../../../src-main/store/queries/lineage.ts';
import { addRun } from '../../store/temporary-store.ts';
import { openMemoryStore } from '../../support/memory-store.ts';

const ID = '20260101-000000-one';

function withArtifacts() {
  const { write } = openMemoryStore();
  const run = addRun(write, ID);
  for (const [kind, tag] of [
    ['policy', 'last'],
    ['policy', 'best'],
    ['critic', 'last'],
  ] as const) {
    upsertArtifact(write, run, { kind, tag, folder: `/${kind}/${tag}`, detail: {} }, 1);
  }
  return write;
}

test('references anywhere in a config are found; the best is taken where there is one', () => {
  const config = {
    model: `run:${ID}/policy`,
    list: [{ critic: `run:${ID}/critic` }, `run:${ID}/policy@last`],
    short: `run:${ID}`,
    path: './run:no/model',
    text: 'see run:this',
  };
  const { locations, inputs } = locateReferences(withArtifacts(), config);
  expect(locations).toEqual({
    [`run:${ID}/policy`]: '/policy/best',
    [`run:${ID}/critic`]: '/critic/last',
    [`run:${ID}/policy@last`]: '/policy/last',
    [`run:${ID}`]: '/policy/best',
  });
  expect(inputs.map((input) => [input.role, input.sourceRun])).toEqual([
    ['model', ID],
    ['list.0.critic', ID],
    ['list.1', ID],
    ['short', ID],
  ]);
});

test('all that lead nowhere are told together, with their fields', () => {
  const config = {
    model: 'run:20260101-000000-two/policy',
    reward: { model: `run:${ID}/reward_model` },
    to: 'stage:sft/policy',
  };
  expect(() => locateReferences(withArtifacts(), config)).toThrow(
    expect.objectContaining({
      code: 'reference_unknown',
      faults: [
        expect.objectContaining({
          where: 'model',
          why: expect.stringContaining('there is no run 20260101-000000-two'),
        }),
        expect.objectContaining({ where: 'reward.model', why: expect.stringContaining('has no reward_model') }),
        expect.objectContaining({ where: 'to', why: expect.stringContaining('no earlier stage "sft"') }),
      ],
    }),
  );
});
