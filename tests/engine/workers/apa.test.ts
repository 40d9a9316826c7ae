import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors } from '#engine/model/safetensors/open-safetensors.ts';
import { listCheckpoints, verifyCheckpoint } from '#engine/session/checkpoint/checkpoints.ts';
import { type EngineRunResult, metricRows, runEngine } from '../../support/engine-run.ts';
import { PYTHON, runOnGroup, type WorkerGroup } from '../../support/worker-group.ts';
import { onlineStarter } from './starter.ts';

type Config = Readonly<Record<string, unknown>>;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keel-workers-apa-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const newFolder = () => mkdtempSync(join(folder, 'run-'));

function rowsOf({ events }: EngineRunResult): Map<string, number> {
  expect(events.at(-1)).toMatchObject({ kind: 'summary' });
  return metricRows(events);
}

const here = async (config: Config, runFolder = newFolder()) =>
  rowsOf(await runEngine({ config, runFolder, resumeFrom: null }));
const there = async (config: Config, count: number, runFolder = newFolder()) =>
  rowsOf(await runOnGroup({ config, runFolder, resumeFrom: null }, count));

/** Losses and the gradients' norm of the first iteration, within 1e-5 and 1e-4 of Keel's. */
function expectSameStart(theirs: ReadonlyMap<string, number>, own: ReadonlyMap<string, number>): void {
  const far = ['loss/policy_avg', 'loss/value_avg', 'loss/total', 'optimizer/grad_norm'].filter((key) => {
    const [want, got] = [own.get(`${key}@1`)!, theirs.get(`${key}@1`)!];
    return !(Math.abs(got - want) <= (key.startsWith('loss') ? 1e-5 : 1e-4) * Math.abs(want));
  });
  expect(far).toEqual([]);
}

const LORA = { peft_type: 'lora', r: 4, lora_alpha: 8 };

function tensorsOf(path: string): ReadonlyMap<string, Float32Array> {
  const file = openSafetensors(path);
  const tensors = new Map([...file.tensors.keys()].map((name) => [name, file.read(name)]));
  file.close();
  return tensors;
}

/** A run long enough to be interrupted: a checkpoint after each of three iterations. */
const interruptible = () =>
  onlineStarter('apa', folder, {
    generation: { max_new_tokens: 8 },
    rollouts: { num_rollouts: 8, chunk_size: 4 },
    updates: { total_iterations: 3, minibatch_size: 4, num_ppo_epochs: 1 },
    checkpoints: { interval_steps: 1 },
  });

/** Hashes of the weights in a run's last checkpoint. */
function weightsOf(runFolder: string): Readonly<Record<string, string>> {
  const { files } = verifyCheckpoint(listCheckpoints(runFolder).at(-1)!.folder);
  const weights = Object.entries(files).filter(([name]) => name.endsWith('.safetensors'));
  return Object.fromEntries(weights.map(([name, { sha256 }]) => [name, sha256]));
}

const KILLED_AT = 2;

describe.runIf(PYTHON)('APA on workers (KEEL_TEST_PYTHON)', () => {
  describe('starts as Keel does', () => {
    let own: ReadonlyMap<string, number>;
    beforeAll(async () => {
      own = await here(onlineStarter('apa', folder));
    }, 120_000);

    // Three workers share sixteen rows unevenly, and matrices whose rows are no multiple of three.
    it.each([1, 2, 3])('with %i workers', { timeout: 240_000 }, async (count) => {
      const theirs = await there(onlineStarter('apa', folder), count);
      expectSameStart(theirs, own);
      // The share of the way to the fixed point is a quotient of what is zero but for rounding.
      const keysOf = (rows: ReadonlyMap<string, number>) =>
        [...rows.keys()].filter((key) => !key.includes('fixed_point'));
      expect(keysOf(theirs)).toEqual(keysOf(own));
    });
  });

  it('adapters on a shared base start as they do in Keel, and leave what Keel leaves', {
    timeout: 240_000,
  }, async () => {
    const config = onlineStarter('apa', folder, { adapter: LORA, engine: { threads: 1, frozen_dtype: 'bfloat16' } });
    const [ownFolder, theirFolder] = [newFolder(), newFolder()];
    expectSameStart(await there(config, 2, theirFolder), await here(config, ownFolder));
    const artifact = (runFolder: string, file: string) => join(runFolder, 'artifacts', 'policy', file);
    const sizes = (runFolder: string) =>
      [...tensorsOf(artifact(runFolder, 'adapter_model.safetensors'))].map(([name, { length }]) => [name, length]);
    expect(sizes(theirFolder)).toEqual(sizes(ownFolder));
    const settings = (runFolder: string) => {
      const read = JSON.parse(readFileSync(artifact(runFolder, 'adapter_config.json'), 'utf8')) as object;
      return { ...read, base_model_name_or_path: '' };
    };
    expect(settings(theirFolder)).toEqual(settings(ownFolder));
  });

  describe('interrupted', () => {
    let whole: { readonly rows: ReadonlyMap<string, number>; readonly weights: Readonly<Record<string, string>> };
    beforeAll(async () => {
      const runFolder = newFolder();
      whole = { rows: await there(interruptible(), 2, runFolder), weights: weightsOf(runFolder) };
    }, 240_000);

    it('a run that is killed and resumed equals one that is not', { timeout: 480_000 }, async () => {
      const runFolder = newFolder();
      const config = interruptible();
      const killed = await runOnGroup(
        {
          config,
          runFolder,
          resumeFrom: null,
          onEvent: (event, process) => {
            if (event.kind === 'metrics' && event.step === KILLED_AT) process.kill('SIGKILL');
          },
        },
        2,
      );
      expect(killed.signal).toBe('SIGKILL');
      const resumeFrom = listCheckpoints(runFolder).at(-1)!.folder;
      const resumed = await runOnGroup({ config, runFolder, resumeFrom }, 2);
      expect(resumed.events.at(-1)).toMatchObject({ kind: 'summary' });
      expect(metricRows(resumed.events, metricRows(killed.events))).toEqual(whole.rows);
      expect(weightsOf(runFolder)).toEqual(whole.weights);
    });

    it('a lost worker is replaced, and the run goes on as if nothing had happened', { timeout: 480_000 }, async () => {
      const runFolder = newFolder();
      const lost: number[] = [];
      let pids: WorkerGroup['pids'] = () => [];
      const result = await runOnGroup(
        {
          config: interruptible(),
          runFolder,
          resumeFrom: null,
          onEvent(event) {
            if (event.kind !== 'metrics' || event.step !== KILLED_AT || lost.length > 0) return;
            lost.push(pids().at(-1)!);
            process.kill(lost[0]!, 'SIGKILL');
          },
        },
        2,
        {
          restarts: 1,
          onGroup(group) {
            pids = group.pids;
          },
        },
      );
      expect(lost.length).toBe(1);
      expect(rowsOf(result)).toEqual(whole.rows);
      expect(weightsOf(runFolder)).toEqual(whole.weights);
      const said = result.events.flatMap((event) => (event.kind === 'log' ? [event.text] : []));
      expect(said.filter((text) => text.startsWith('The group of workers was lost')).length).toBe(1);
    });
  });
});

it.skipIf(PYTHON)('workers were not asked: set KEEL_TEST_PYTHON to a Python with torch and transformers', () => {});
