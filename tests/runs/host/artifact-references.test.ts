import { expect, test } from 'vitest';
import { admitted, checkResume } from '../../../src-main/runs/admission/check-admission.ts';
import { type SpawnEngine, spawnEngine } from '../../../src-main/runs/engine/engine-process.ts';
import { locateReferences } from '../../../src-main/runs/host/artifact-references.ts';
import type { WritableDb } from '../../../src-main/store/database.ts';
import { listInputs, upsertArtifact } from '../../../src-main/store/queries/lineage.ts';
import { upsertPoints } from '../../../src-main/store/queries/metrics.ts';
import { upsertSample } from '../../../src-main/store/queries/samples.ts';
import { addRun } from '../../store/temporary-store.ts';
import { openMemoryStore } from '../../support/memory-store.ts';
import { CONFIG, hostWith } from '../fake-host.ts';

const ID = '20260101-000000-one';

/** Held-out rewards by prompt at the start and at the best step; the last policy is from step 9. */
const START = [0, 0.2, 0.1, 0.3, 0, 0.2, 0.1, 0.1];
const ABOVE = [1, 0.9, 1.2, 1.1, 0.8, 1, 1.1, 0.9];
const UNCLEAR = [0.3, 0, 0.4, 0, 0.2, 0.1, 0.4, 0];

function addEvaluation(write: WritableDb, run: number, step: number, scores: readonly number[]): void {
  const value = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  upsertPoints(write, run, { step, points: [{ key: 'eval/reward', value }], sequence: step + 1, at: 0 });
  for (const [promptIndex, score] of scores.entries()) {
    const none = {
      ids: [],
      tokens: [],
      logprobs: [],
      refLogprobs: [],
      kl: [],
      values: [],
      advantages: [],
      rewards: [],
    };
    const texts = { prompt: `prompt ${promptIndex}`, response: 'x', endedByStop: true };
    upsertSample(write, run, step, { promptIndex, ...texts, ...none, score, judge: null, totals: null }, step + 1);
  }
}

/** A run with evaluations and without artifacts; returns its number. */
function addEvaluated(write: WritableDb, best: readonly number[]): number {
  const run = addRun(write, ID);
  addEvaluation(write, run, 0, START);
  addEvaluation(write, run, 5, best);
  addEvaluation(write, run, 9, START);
  return run;
}

function withArtifacts(best: readonly number[] = ABOVE) {
  const { write } = openMemoryStore();
  const run = addEvaluated(write, best);
  for (const [kind, tag] of [
    ['policy', 'last'],
    ['policy', 'best'],
    ['critic', 'last'],
  ] as const) {
    upsertArtifact(write, run, { kind, tag, folder: `/${kind}/${tag}`, detail: {} }, 1);
  }
  return write;
}

test('references anywhere in a config are found; the best is taken where it is above the start', () => {
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

test('a best policy that is not above the start beyond its interval is not the default, but can be named', () => {
  const db = withArtifacts(UNCLEAR);
  const { locations, inputs } = locateReferences(db, { model: `run:${ID}/policy`, other: `run:${ID}/policy@best` });
  expect(locations).toEqual({ [`run:${ID}/policy`]: '/policy/last', [`run:${ID}/policy@best`]: '/policy/best' });
  expect(inputs[0]?.detail).toMatchObject({ tag: 'last', because: expect.stringMatching(/not above the start/) });
});

test('without a report of the source, the reason for the final policy claims nothing about the best one', () => {
  const { write } = openMemoryStore();
  const run = addRun(write, ID);
  for (const tag of ['last', 'best'])
    upsertArtifact(write, run, { kind: 'policy', tag, folder: `/policy/${tag}`, detail: {} }, 1);
  const [input] = locateReferences(write, { model: `run:${ID}/policy` }).inputs;
  expect(input?.detail).toMatchObject({ tag: 'last', because: expect.stringMatching(/is not known$/) });
});

test('a run that is resumed keeps the model that it started with', () => {
  const model = `run:${ID}/policy`;
  const [former] = locateReferences(withArtifacts(ABOVE), { model }).inputs;
  expect(locateReferences(withArtifacts(UNCLEAR), { model }, [former!]).locations).toEqual({ [model]: '/policy/best' });
  const [told] = locateReferences(withArtifacts(UNCLEAR), { model }).inputs;
  expect(locateReferences(withArtifacts(ABOVE), { model }, [told!]).inputs).toEqual([told]);
});

/** Engines that note which folders a check is told to look at. */
function notingEngines() {
  const checked: unknown[] = [];
  const spawn: SpawnEngine = (request) => {
    const { engine, pid } = spawnEngine(request);
    const send: typeof engine.send = (command) => {
      if (command.kind === 'start' && command.job.kind === 'admission') {
        checked.push(...command.job.parts.map(({ locations }) => locations));
      }
      engine.send(command);
    };
    return { engine: { ...engine, send }, pid };
  };
  return { spawn, checked };
}

test('a run that is resumed opens that model, also when a better one was saved since', async () => {
  const { spawn, checked } = notingEngines();
  const host = hostWith(spawn, { behavior: { steps: 6, at: 5, fault: 'fail' } });
  const { read, write } = host.setup.store;
  const source = addEvaluated(write, ABOVE);
  const save = (tag: string) =>
    upsertArtifact(write, source, { kind: 'policy', tag, folder: `/policy/${tag}`, detail: {} }, 1);
  save('last');
  const config = CONFIG.replace('some/model', `run:${ID}/policy`);
  const { id, number } = host.start({ config, baseFolder: process.cwd() });
  await host.idle();
  expect(host.find(id).state).toBe('failed');
  save('best');
  await admitted(checkResume(host.setup, host.findResumable(id)));
  expect(checked).toEqual([{ [`run:${ID}/policy`]: '/policy/last' }]);
  host.resume(id);
  await host.idle();
  expect(host.find(id).state).toBe('finished');
  expect(listInputs(read, number).filter(({ sourceRun }) => sourceRun)).toMatchObject([{ detail: { tag: 'last' } }]);
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
