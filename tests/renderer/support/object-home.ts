import { join } from 'node:path';
import { openHost } from '../../../src-main/attach/open-host.ts';
import type { RunHost } from '../../../src-main/runs/host/run-host.ts';
import { durably } from '../../../src-main/store/database.ts';
import { upsertArtifact } from '../../../src-main/store/queries/lineage.ts';
import { endRun } from '../../../src-main/store/queries/runs.ts';
import { addSyntheticRun, ONLINE } from '../../api/synthetic-runs.ts';
import { ROOT } from '../../architecture/source-tree.ts';
import { prepareHome } from './prepared-home.ts';

const STARTER = join(ROOT, 'resources', 'starter');
const POLICY = join(STARTER, 'policy');

/** A data folder with an object of each kind; ids of what is in it. */
export interface ObjectHome {
  readonly home: string;
  readonly rewardRun: string;
  readonly policyRun: string;
  readonly failedRun: string;
  readonly dataset: number;
}

function addArtifacts(host: RunHost, run: number, kinds: readonly ('policy' | 'critic' | 'reward_model')[]): void {
  durably(host.setup.store.write, () => {
    for (const kind of kinds)
      upsertArtifact(host.setup.store.write, run, { kind, tag: 'last', folder: POLICY, detail: {} }, host.setup.now());
  });
}

function fillRuns(host: RunHost) {
  const prompts = { ...ONLINE, data: { files: [join(STARTER, 'prompts-train.jsonl.gz')] }, model: POLICY };
  const pairs = { model: POLICY, data: { files: [join(STARTER, 'preference-train.jsonl.gz')] } };
  const reward = addSyntheticRun(host, { config: { ...pairs, recipe: 'reward-model', name: 'kindness' }, steps: [] });
  addArtifacts(host, reward.number, ['reward_model']);
  const policy = addSyntheticRun(host, { config: { ...prompts, recipe: 'apa', name: 'warm' }, steps: [] });
  addArtifacts(host, policy.number, ['policy', 'critic']);
  const failed = addSyntheticRun(host, { config: { ...prompts, recipe: 'ppo', name: 'broken', seed: 7 }, steps: [] });
  const error = {
    code: 'dataset.missing_file',
    why: 'The file is gone.',
    fix: 'Bring it back.',
    kind: 'expected' as const,
  };
  const { store, now } = host.setup;
  durably(store.write, () => endRun(store.write, failed.number, { state: 'failed', at: now(), summary: null, error }));
  return { rewardRun: reward.id as string, policyRun: policy.id as string, failedRun: failed.id as string };
}

/** Runs that have made a reward model, and a policy with its critic; one that failed; and a checked dataset. */
export async function objectHome(): Promise<ObjectHome> {
  const { home, filled } = await prepareHome(fillRuns);
  const host = await openHost({ home });
  let dataset = 0;
  for await (const message of await host.client.datasets.add({ folder: STARTER, path: 'preference-train.jsonl.gz' }))
    if (message.kind === 'result') dataset = message.result.id;
  await host.close();
  return { home, ...filled, dataset };
}
