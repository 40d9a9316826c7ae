import type { Run } from '#contract/api/runs/run-state.ts';
import { resolveRecipeConfig } from '#contract/config/index.ts';
import type { RunHost } from '../../src-main/runs/host/run-host.ts';
import { durably } from '../../src-main/store/database.ts';
import { upsertCheckpoint } from '../../src-main/store/queries/checkpoints.ts';
import { upsertPoints } from '../../src-main/store/queries/metrics.ts';
import { endRun } from '../../src-main/store/queries/runs.ts';
import { upsertSample } from '../../src-main/store/queries/samples.ts';

export interface SyntheticReply {
  readonly prompt: string;
  readonly response: string;
  readonly score?: number;
  readonly judge?: number | null;
  /** Default: the words of the response with their spaces. */
  readonly tokens?: readonly string[];
}

export interface SyntheticStep {
  readonly step: number;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly replies?: readonly SyntheticReply[];
  readonly checkpoint?: boolean;
}

export interface SyntheticRun {
  readonly config: Readonly<Record<string, unknown>>;
  readonly steps: readonly SyntheticStep[];
  readonly summary?: Readonly<Record<string, unknown>>;
  /** The pipeline whose stage it is. */
  readonly part?: { readonly parent: string; readonly stage: string };
}

/** The least that an online config must say; the models are never opened. */
export const ONLINE = {
  model: '/models/tiny',
  data: { files: ['/data/prompts.jsonl'] },
  reward: { type: 'model', model: '/models/reward' },
};

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function sampleOf({ prompt, response, score = 0, judge = null, tokens }: SyntheticReply, promptIndex: number) {
  const pieces = tokens ?? response.match(/\s*\S+/g) ?? [];
  const numbers = (scale: number) => pieces.map((_, index) => scale * (index + 1));
  return {
    promptIndex,
    prompt,
    response,
    ids: pieces.map((_, index) => index),
    tokens: [...pieces],
    logprobs: numbers(-0.5),
    refLogprobs: numbers(-0.75),
    kl: numbers(0.25),
    values: numbers(0.1),
    advantages: pieces.map((_, index) => (index % 2 === 0 ? 0.5 : -0.5)),
    rewards: pieces.map((_, index) => (index === pieces.length - 1 ? score : 0)),
    score,
    judge,
    endedByStop: true,
    totals: {
      tokens: pieces.length,
      kl: sum(numbers(0.25)),
      entropy: sum(numbers(0.5)),
      refLogprob: sum(numbers(-0.75)),
    },
  };
}

/** A finished run whose rows were written through the store's own queries; its config is a real one. */
export function addSyntheticRun(host: RunHost, { config, steps, summary, part }: SyntheticRun): Run {
  const { store, now } = host.setup;
  const { file } = resolveRecipeConfig(config);
  const [recipe, name] = [String(file.recipe), String(file.name)];
  const given = JSON.stringify(config);
  const run = host.create({ recipe, name, config: file, configGiven: given, baseFolder: '/', ...part });
  let sequence = 0;
  durably(store.write, () => {
    for (const { step, metrics = {}, replies = [], checkpoint = false } of steps) {
      const points = Object.entries(metrics).map(([key, value]) => ({ key, value }));
      sequence += 1;
      upsertPoints(store.write, run.number, { step, points, at: now(), sequence });
      for (const [index, reply] of replies.entries()) {
        upsertSample(store.write, run.number, step, sampleOf(reply, index), sequence);
      }
      const written = { step, folder: `${run.folder}/checkpoints/${step}`, manifestHash: '', bytes: 0, isBest: false };
      if (checkpoint) upsertCheckpoint(store.write, run.number, written, now(), sequence);
    }
    const end = { state: 'finished' as const, at: now(), summary: summary ?? null, error: null };
    endRun(store.write, run.number, end);
  });
  return host.find(run.id);
}

/** An evaluation's metrics by short names. */
export function evaluation(kl: number, reward: number, judge?: number): Readonly<Record<string, number>> {
  const known = { 'eval/kl_exact': kl, 'eval/reward': reward, 'eval/reward_std': 2, 'eval/prompts': 64 };
  return judge === undefined ? known : { ...known, 'eval/judge': judge, 'eval/judge_std': 1 };
}
