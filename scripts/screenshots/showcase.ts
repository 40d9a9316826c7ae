import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openHost } from '../../src-main/attach/open-host.ts';
import type { PlannedStudy } from '../../src-main/contract/api/runs/planned-studies.ts';
import type { ApiClient } from '../../src-main/contract/api/typed-client.ts';
import { DOCTOR_EVENT } from '../../src-main/contract/run-events.ts';
import { demoConfig } from '../../src-main/runs/host/demo.ts';
import { FLOATING_CLUSTER } from '../../tests/renderer/support/floating-surfaces.ts';

const STARTER = join(import.meta.dirname, '../../resources/starter');
const SMALL_ONLINE = {
  'rollouts.num_rollouts': 16,
  'rollouts.chunk_size': 16,
  'updates.total_iterations': 10,
  'updates.minibatch_size': 8,
  'evaluation.interval_iterations': 2,
  'evaluation.num_prompts': 32,
  'evaluation.num_samples': 32,
};

/** Runs of the showcase by what they show. */
export interface Showcase {
  readonly pipeline: string;
  readonly apa: string;
  readonly ppo: string;
  readonly awr: string;
  /** Adapters on a narrow base. */
  readonly adapted: string;
  readonly rewardModel: string;
  readonly sft: string;
  readonly failed: string;
  readonly stopped: string;
  /** A pipeline that was stopped in its second stage. */
  readonly stoppedPipeline: string;
  /** A run that has lost its fluency; the doctor's finding is open. */
  readonly troubled: string;
  /** Numbers of a finished study, of a dataset, and of a rating session under way. */
  readonly study: number;
  readonly dataset: number;
  readonly rating: number;
  /** Reference of a model that was added. */
  readonly model: string;
  /** Runs that left the queue before they had begun; resumed, they wait in it. */
  readonly waiting: readonly string[];
}

type Tell = (text: string) => void;

/** Methods with values and seeds on a reward model that is there, as small as a picture allows. */
export function smallStudy(rewardModel: string) {
  const { recipe: _recipe, ...base } = online('apa', rewardModel);
  return {
    ...{ recipe: 'study', name: 'three methods', seeds: [1, 2, 3] },
    notes: 'Does APA gain more than PPO and AWR at the same distance from the start?',
    base: {
      ...base,
      rollouts: { num_rollouts: 32, chunk_size: 32 },
      updates: { total_iterations: 8, minibatch_size: 16 },
      evaluation: { interval_iterations: 2, num_prompts: 32 },
    },
    methods: [
      { recipe: 'apa', grid: { 'method.apa_lambda': [0.5, 1] } },
      { recipe: 'ppo', grid: { 'method.kl_coef': [0.05, 0.1] } },
      { recipe: 'awr' },
    ],
  };
}

/** Runs a study to its end, and samples its start. */
export async function runStudy(client: ApiClient, config: object): Promise<number> {
  let id = 0;
  for await (const message of await client.studies.begin({ config: JSON.stringify(config), baseFolder: STARTER }))
    if (message.kind === 'result') id = (message.result as PlannedStudy).study.id;
  for await (const _ of await client.runs.overview({ limit: 1 }))
    if ((await client.studies.planned({ id })).state !== 'running') break;
  for await (const _ of await client.studies.sampleStart({ id })) {
    // Until the last message.
  }
  return id;
}

async function start(client: ApiClient, config: object | string, overrides: readonly string[], name: string) {
  const text = typeof config === 'string' ? config : JSON.stringify(config);
  return client.runs.start({ config: text, baseFolder: STARTER, overrides: [...overrides], name });
}

async function untilEnd(client: ApiClient, run: string): Promise<void> {
  for await (const batch of await client.runs.watch({ run })) {
    if (batch.isCaughtUp && batch.run.state === 'paused') return;
  }
}

function online(recipe: string, rewardModel: string) {
  return {
    recipe,
    model: 'policy',
    data: {
      files: ['prompts-train.jsonl.gz'],
      held_out_files: ['prompts-held-out.jsonl.gz'],
      duplicates: 'keep',
    },
    reward: { type: 'model', model: `run:${rewardModel}/reward_model` },
    judge: JSON.parse(readFileSync(join(STARTER, 'judge.json'), 'utf8')) as object,
    generation: { max_new_tokens: 72 },
    optimizer: { learning_rate: 5e-4 },
    certificate_required: false,
  };
}

/** The same, with adapters on a base in bfloat16. */
function adaptedOnline(rewardModel: string) {
  return {
    ...online('apa', rewardModel),
    adapter: { peft_type: 'lora', r: 8, lora_alpha: 16 },
    engine: { frozen_dtype: 'bfloat16' },
    optimizer: { learning_rate: 2e-3 },
  };
}

/** Nothing holds the policy, and the score is one letter. */
function collapsing(rewardModel: string) {
  return {
    ...online('apa', rewardModel),
    reward: { type: 'rules', rules: [{ type: 'expression', expression: 'count("e")' }] },
    optimizer: { learning_rate: 0.02 },
    method: { apa_lambda: 0.02 },
    doctor: { actions: { no_anchor: 'off', eos_missing: 'off', critic_useless: 'off' } },
  };
}

const settings = (values: Readonly<Record<string, number>>, prefix = '') =>
  Object.entries(values).map(([path, value]) => `${prefix}${path}=${value}`);

/** The demo, small, with a second stage that nobody waits for. */
const ENDLESS_PIPELINE = [
  ...settings(
    { ...SMALL_ONLINE, 'updates.total_iterations': 10_000, 'evaluation.interval_iterations': 100 },
    'stages.apa.',
  ),
  'stages.reward_model.training.max_steps=30',
  'stages.apa.certificate_required=false',
];

function supervised(recipe: string, file: string, steps: number) {
  return {
    recipe,
    model: 'policy',
    data: { files: [file], duplicates: 'keep', held_out_fraction: 0.02 },
    training: { max_steps: steps, batch_size: 16 },
    optimizer: { learning_rate: 5e-4 },
    evaluation: { interval_steps: 20 },
  };
}

/** Adds a file of the starter to the library. */
async function addDataset(client: ApiClient, path: string): Promise<number> {
  let added = 0;
  for await (const message of await client.datasets.add({ folder: STARTER, path }))
    if (message.kind === 'result') added = message.result.id;
  return added;
}

/** Adds the starting policy as a model of the person's own. */
async function addModel(client: ApiClient): Promise<string> {
  let added = '';
  for await (const message of await client.models.add({ folder: STARTER, path: 'policy' }))
    if (message.kind === 'result') added = message.result.reference;
  return added;
}

/** Stops a run some steps after its beginning. */
async function stopAfter(client: ApiClient, run: string, steps: number): Promise<void> {
  for await (const batch of await client.runs.watch({ run })) {
    if (batch.run.lastStep !== null && batch.run.lastStep > steps) break;
  }
  await client.runs.stop({ run });
  await untilEnd(client, run);
}

/** A run that is stopped once the doctor has a finding and there is a checkpoint. */
async function runIntoTrouble(client: ApiClient, rewardModel: string): Promise<string> {
  const endless = settings({ ...SMALL_ONLINE, 'updates.total_iterations': 1000, 'checkpoints.interval_steps': 4 });
  const { id } = await start(client, collapsing(rewardModel), endless, 'letters only');
  let hasFinding = false;
  for await (const batch of await client.runs.watch({ run: id })) {
    hasFinding ||= batch.events.some(({ name }) => name === DOCTOR_EVENT);
    if (hasFinding && (await client.runs.get({ run: id })).checkpoints.length > 1) break;
  }
  await client.runs.stop({ run: id });
  await untilEnd(client, id);
  return id;
}

/** Runs that wait behind another one and leave the queue with it. */
async function leaveWaiting(client: ApiClient, rewardModel: string): Promise<readonly string[]> {
  const { id: first } = await start(client, supervised('sft', 'sft.jsonl.gz', 100_000), [], 'in front of the queue');
  const waiting: string[] = [];
  for (const value of [0.25, 0.5, 1]) {
    const overrides = [...settings(SMALL_ONLINE), `method.apa_lambda=${value}`];
    waiting.push((await start(client, online('apa', rewardModel), overrides, `anchor of ${value}`)).id);
  }
  waiting.push((await start(client, online('ppo', rewardModel), settings(SMALL_ONLINE), 'the same with PPO')).id);
  waiting.push((await start(client, demoConfig(), ENDLESS_PIPELINE, 'all of it again, with a long name')).id);
  for (const run of [...waiting, first]) await client.runs.stop({ run, now: true });
  await untilEnd(client, first);
  return waiting;
}

/** The run of a pipeline's stage, as soon as there is one. */
async function stageOf(client: ApiClient, pipeline: string, stage: string): Promise<string> {
  for await (const _ of await client.runs.watch({ run: pipeline })) {
    const { stages } = await client.runs.get({ run: pipeline });
    const found = stages.find((one) => one.stage === stage);
    if (found) return found.id;
  }
  throw new Error(`The pipeline ended before its stage ${stage}.`);
}

/** A run that fails: its data file goes away after the check before the start, while the engine's process is starting. */
async function runWithoutData(client: ApiClient, home: string): Promise<string> {
  const file = join(home, 'lost.jsonl.gz');
  copyFileSync(join(STARTER, 'sft.jsonl.gz'), file);
  const { id } = await start(client, supervised('sft', file, 60), [], 'lost dataset');
  rmSync(file);
  await untilEnd(client, id);
  return id;
}

/** Fills a data folder with small real runs of every kind, as a person's would look after a day. */
export async function makeShowcase(home: string, tell: Tell): Promise<Showcase> {
  const host = await openHost({ home });
  const { client } = host;
  const run = async (config: object | string, overrides: readonly string[], name: string) => {
    tell(name);
    const { id } = await start(client, config, overrides, name);
    await untilEnd(client, id);
    return id;
  };
  try {
    const small = [...settings(SMALL_ONLINE, 'stages.apa.'), 'stages.reward_model.training.max_steps=90'];
    const pipeline = await run(demoConfig(), small, 'warm support');
    const { stages } = await client.runs.get({ run: pipeline });
    const stage = (name: string) => stages.find((one) => one.stage === name)?.id ?? '';
    const rewardModel = stage('reward_model');
    const ppo = await run(online('ppo', rewardModel), settings(SMALL_ONLINE), 'warm support, PPO');
    const awr = await run(online('awr', rewardModel), settings(SMALL_ONLINE), 'warm support, AWR');
    const adapted = await run(adaptedOnline(rewardModel), settings(SMALL_ONLINE), 'warm support, LoRA');
    const sft = await run(supervised('sft', 'sft.jsonl.gz', 60), [], 'first words');
    const failed = await runWithoutData(client, home);
    tell('a stopped run');
    const endless = await start(client, supervised('sft', 'sft.jsonl.gz', 100_000), [], 'overnight');
    await stopAfter(client, endless.id, 8);
    tell('a stopped pipeline');
    const weekend = await start(client, demoConfig(), ENDLESS_PIPELINE, 'over the weekend');
    await stopAfter(client, await stageOf(client, weekend.id, 'apa'), 3);
    await untilEnd(client, weekend.id);
    tell('waiting runs');
    const waiting = await leaveWaiting(client, rewardModel);
    tell('letters only');
    const troubled = await runIntoTrouble(client, rewardModel);
    await addDataset(client, 'prompts-train.jsonl.gz');
    const dataset = await addDataset(client, 'preference-train.jsonl.gz');
    const apa = stage('apa');
    mkdirSync(join(home, 'clusters'), { recursive: true, mode: 0o700 });
    writeFileSync(join(home, 'clusters', `${FLOATING_CLUSTER.name}.json`), JSON.stringify(FLOATING_CLUSTER));
    tell('a study');
    const study = await runStudy(client, smallStudy(rewardModel));
    await client.studies.create({ name: 'APA beside its rivals', runs: [apa, ppo, awr] });
    const { id: rating } = await client.ratings.start({
      sides: [apa, ppo].map((run) => ({ run, step: null })),
      seed: 0,
    });
    const made = { pipeline, apa, ppo, awr, adapted, rewardModel, sft, failed, troubled, study, dataset, rating };
    return { ...made, stopped: endless.id, stoppedPipeline: weekend.id, waiting, model: await addModel(client) };
  } finally {
    await host.close();
  }
}
