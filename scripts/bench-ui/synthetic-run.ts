import { durably, inTransaction } from '../../src-main/store/database.ts';
import type { Store } from '../../src-main/store/open-store.ts';
import { upsertCheckpoint } from '../../src-main/store/queries/checkpoints.ts';
import { insertEvent, upsertChange } from '../../src-main/store/queries/events.ts';
import { upsertPoints } from '../../src-main/store/queries/metrics.ts';
import { endRun, insertRun, setRunning } from '../../src-main/store/queries/runs.ts';

/** What an APA run tells at every iteration, by courses like those of a real one. */
const COURSES: Readonly<Record<string, (share: number, noise: number) => number>> = {
  'objective/scores': (share, noise) => 5 * (1 - Math.exp(-4 * share)) - 2.4 + 0.4 * noise,
  'objective/kl': (share, noise) => 2.2 * (1 - Math.exp(-3 * share)) + 0.2 * noise,
  'objective/kl_k3': (share, noise) => 2.3 * (1 - Math.exp(-3 * share)) + 0.1 * Math.abs(noise),
  'objective/sampled_entropy_per_token': (share, noise) => 0.9 + 0.3 * share + 0.05 * noise,
  'loss/policy_avg': (share, noise) => 0.6 * Math.exp(-3 * share) + 0.05 + 0.03 * noise,
  'loss/value_avg': (share, noise) => 1.8 * Math.exp(-5 * share) + 0.2 + 0.05 * noise,
  'completions/mean_length': (share, noise) => 26 + 9 * share + 2 * noise,
  'completions/clipped_ratio': (share, noise) => Math.max(0, 0.02 + 0.02 * share + 0.02 * noise),
  'time/rollout': (_, noise) => 1.4 + 0.1 * noise,
  'time/reward': (_, noise) => 0.25 + 0.03 * noise,
  'time/update': (_, noise) => 2.1 + 0.2 * noise,
  'time/iteration': (_, noise) => 3.8 + 0.3 * noise,
};
export const KEYS = Object.keys(COURSES);

/** Noise in [-1, 1] that is the same at every call: a hash of the step and the place of the key. */
export function noiseAt(step: number, key: number): number {
  let bits = Math.imul(step ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(key + 1, 0xc2b2ae35);
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
  return ((bits ^ (bits >>> 13)) >>> 0) / 2 ** 31 - 1;
}

/** The points of one iteration. */
export function pointsAt(step: number, steps: number) {
  return KEYS.map((key, at) => ({ key, value: COURSES[key]!(step / steps, noiseAt(step, at)) }));
}

const CONFIG = {
  version: 1,
  recipe: 'apa',
  model: 'resources/starter/policy',
  seed: 0,
  data: { files: ['resources/starter/prompts-train.jsonl.gz'] },
  method: { apa_lambda: 0.5 },
  optimizer: { learning_rate: 0.0005 },
  rollouts: { num_rollouts: 64 },
};

export interface SyntheticRun {
  readonly id: string;
  readonly name: string;
  readonly steps: number;
  readonly createdAt: number;
  /** A run that ends is finished; the others are stopped, so that a host leaves them alone. */
  readonly isFinished?: boolean;
}

const STEPS_AT_ONCE = 2000;

function addPoints(store: Store, run: number, steps: number, createdAt: number): void {
  for (let from = 1; from <= steps; from += STEPS_AT_ONCE) {
    inTransaction(store.write, () => {
      for (let step = from; step < Math.min(from + STEPS_AT_ONCE, steps + 1); step += 1) {
        const at = createdAt + 4000 * step;
        upsertPoints(store.write, run, { step, points: pointsAt(step, steps), at, sequence: step });
      }
    });
  }
}

function addHappenings(store: Store, run: number, { steps, createdAt, id }: SyntheticRun): void {
  const every = Math.max(1, Math.floor(steps / 8));
  for (let step = every; step <= steps; step += every) {
    const checkpoint = { step, folder: `/runs/${id}/checkpoint-${step}`, manifestHash: 'ab', bytes: 5_300_000 };
    upsertCheckpoint(store.write, run, { ...checkpoint, isBest: step === 6 * every }, createdAt + 4000 * step, step);
  }
  const change = { step: 3 * every, path: 'method.apa_lambda', value: 0.4 };
  upsertChange(store.write, run, change, createdAt);
  const told = {
    at: createdAt,
    sequence: steps + 1,
    step: 4 * every,
    level: 'warning' as const,
    name: 'kl_above_limit',
  };
  insertEvent(store.write, run, { ...told, detail: { why: 'KL of a response is above 2.' } });
}

/** Writes a run as the recorder would have, through the store's own queries. */
export function addSyntheticRun(store: Store, synthetic: SyntheticRun): number {
  const { id, name, steps, createdAt, isFinished = true } = synthetic;
  const place = { parent: null, stage: null, device: 'default', folder: `/runs/${id}`, baseFolder: '/' };
  const row = { id, name, recipe: 'apa', ...place, configGiven: JSON.stringify(CONFIG), config: CONFIG, createdAt };
  const run = durably(store.write, () => insertRun(store.write, row));
  inTransaction(store.write, () => setRunning(store.write, run, createdAt));
  addPoints(store, run, steps, createdAt);
  durably(store.write, () => {
    addHappenings(store, run, synthetic);
    const end = { state: isFinished ? ('finished' as const) : ('stopped' as const), summary: null, error: null };
    endRun(store.write, run, { ...end, at: createdAt + 4000 * steps });
  });
  return run;
}
