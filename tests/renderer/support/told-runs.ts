import type { RunHost } from '../../../src-main/runs/host/run-host.ts';
import { durably } from '../../../src-main/store/database.ts';
import { insertEvent, upsertChange } from '../../../src-main/store/queries/events.ts';
import { upsertArtifact } from '../../../src-main/store/queries/lineage.ts';
import { endRun, setRunning } from '../../../src-main/store/queries/runs.ts';
import { addSyntheticRun, evaluation, ONLINE, type SyntheticStep } from '../../api/synthetic-runs.ts';

const ITERATIONS = 40;
const JUDGE = { type: 'rules', rules: [{ type: 'regex', pattern: 'please' }] };

/** An evaluation every tenth iteration; time, share and loss at each. */
function stepsOf(scale: number, last: number): readonly SyntheticStep[] {
  return Array.from({ length: last + 1 }, (_, step) => ({
    step,
    metrics: {
      ...(step % 10 === 0 && evaluation(step / 20, scale * (step / 10 - 1), 0.3 + step / 100)),
      ...(step % 10 === 0 && step > 0 && { 'time/evaluation': 110 }),
      ...(step > 0 && {
        'objective/scores': scale * (step / 9 - 1),
        'objective/kl': (scale * step) / 20,
        'objective/sampled_entropy_per_token': 1 - scale * 0.01 * step,
        'loss/policy_avg': -scale / step,
        'loss/value_avg': scale * 3 * step,
        'completions/mean_length': 30,
        'completions/clipped_ratio': 0.05,
        'time/rollout': 12,
        'time/update': 8,
      }),
    },
    replies: step % 10 === 0 ? [{ prompt: 'Where is my lamp?', response: ` Reply of iteration ${step}.` }] : [],
    checkpoint: step > 0 && step % 20 === 0,
  }));
}

/** What the doctor has found, as an event tells it. */
export const FINDING = {
  ...{ regime: 'no_anchor', state: 'open', since: 12, cause: 'λ has no effect.', action: 'tell', samples: [] },
  evidence: [
    {
      ...{ key: 'optimizer/clip_share', over: 'each of the last 3 steps', value: 1 },
      ...{ relation: 'above', threshold: 0.95, start: null },
    },
  ],
  remedy: {
    ...{ text: 'Set method.apa_lambda to 1.6 (currently 0.5).', path: 'method.apa_lambda', value: 1.6, isLive: true },
  },
};

/** Numbers as they come: usual ones, and tiny negative ones that take the most room on an axis. */
export type Scale = 'usual' | 'tiny';

/** A run that was stopped at an iteration of 40, with an open finding, and λ changed since by hand. */
export function addToldRun(host: RunHost, scale: Scale = 'usual', last = 30): string {
  const config = {
    ...ONLINE,
    ...{ recipe: 'apa', name: `${scale} numbers`, judge: JUDGE, method: { apa_lambda: 0.5 } },
    updates: { total_iterations: ITERATIONS },
  };
  const run = addSyntheticRun(host, { config, steps: stepsOf(scale === 'tiny' ? -3.456e-5 : 1, last) });
  const { store } = host.setup;
  durably(store.write, () => {
    const event = { at: run.createdAt, sequence: 1000, step: 14, level: 'warning' as const, name: 'doctor' };
    insertEvent(store.write, run.number, { ...event, detail: FINDING });
    upsertChange(store.write, run.number, { step: 20, path: 'method.apa_lambda', value: 0.75 }, run.createdAt);
    endRun(store.write, run.number, { state: 'stopped', at: run.createdAt, summary: null, error: null });
  });
  return run.id;
}

/** A pipeline that was stopped after its first stage, with the model of that stage. */
export function addToldPipeline(host: RunHost): { readonly id: string; readonly first: string } {
  const data = { files: ['/data/pairs.jsonl'] };
  const { recipe: _, ...apa } = { recipe: 'apa', ...ONLINE, updates: { total_iterations: ITERATIONS } };
  const stages = {
    reward_model: { model: '/models/tiny', data, training: { max_steps: 8, batch_size: 4 } },
    apa,
  };
  const { store, now } = host.setup;
  const config = { version: 1, recipe: 'pipeline', name: 'two stages', seed: 0, preset: 'keel', stages };
  const place = { config, configGiven: JSON.stringify(config), baseFolder: '/' };
  const pipeline = host.create({ ...place, recipe: 'pipeline', name: 'two stages' });
  const part = { parent: pipeline.id as string, stage: 'reward_model', name: 'two stages-reward_model' };
  const stage = host.create({ ...place, ...part, recipe: 'reward-model', config: stages.reward_model });
  durably(store.write, () => {
    for (const { number } of [pipeline, stage]) setRunning(store.write, number, now());
    const artifact = { kind: 'reward_model' as const, tag: 'last', folder: `${stage.folder}/reward_model`, detail: {} };
    upsertArtifact(store.write, stage.number, artifact, now());
    const end = { at: now(), summary: null, error: null };
    endRun(store.write, stage.number, { ...end, state: 'finished' });
    endRun(store.write, pipeline.number, { ...end, state: 'stopped' });
  });
  return { id: pipeline.id, first: stage.id };
}
