import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors } from '#engine/model/safetensors/open-safetensors.ts';
import { type EngineRunResult, metricRows, runEngine } from '../../support/engine-run.ts';
import { compareKilledRun } from '../../support/killed-run.ts';
import { PYTHON, runOnGroup } from '../../support/worker-group.ts';
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

describe.runIf(PYTHON)('APA on workers (KEEL_TEST_PYTHON)', () => {
  // Three workers share sixteen rows unevenly, and matrices whose rows are no multiple of three.
  it.each([1, 2, 3])('starts as Keel does, with %i workers', { timeout: 240_000 }, async (count) => {
    const config = onlineStarter('apa', folder);
    const [own, theirs] = [await here(config), await there(config, count)];
    expectSameStart(theirs, own);
    expect([...theirs.keys()]).toEqual([...own.keys()]);
  });

  it('adapters on a shared base start as they do in Keel, and leave what Keel leaves', {
    timeout: 240_000,
  }, async () => {
    const config = onlineStarter('apa', folder, { adapter: LORA, engine: { threads: 1, frozen_dtype: 'bfloat16' } });
    const [ownFolder, theirFolder] = [newFolder(), newFolder()];
    expectSameStart(await there(config, 2, theirFolder), await here(config, ownFolder));
    const artifact = (runFolder: string, file: string) => join(runFolder, 'artifacts', 'policy', file);
    const [own, theirs] = [ownFolder, theirFolder].map((of) => tensorsOf(artifact(of, 'adapter_model.safetensors')));
    expect([...theirs!].map(([name, values]) => [name, values.length])).toEqual(
      [...own!].map(([name, values]) => [name, values.length]),
    );
    const settings = (runFolder: string) =>
      JSON.parse(readFileSync(artifact(runFolder, 'adapter_config.json'), 'utf8'));
    expect({ ...settings(theirFolder), base_model_name_or_path: '' }).toEqual({
      ...settings(ownFolder),
      base_model_name_or_path: '',
    });
  });

  it('a run that is killed and resumed equals one that is not', { timeout: 600_000 }, async () => {
    const outcome = await compareKilledRun({
      config: onlineStarter('apa', folder, {
        rollouts: { num_rollouts: 8, chunk_size: 4 },
        updates: { total_iterations: 4, minibatch_size: 4, num_ppo_epochs: 1 },
        checkpoints: { interval_steps: 1 },
      }),
      folder: newFolder(),
      kills: 1,
      seed: 3,
      run: (options) => runOnGroup(options, 2),
    });
    expect(outcome.kills).toBeGreaterThan(0);
    expect(outcome.differences).toEqual([]);
  });

  it('a lost worker is replaced, and the run goes on as if nothing had happened', { timeout: 600_000 }, async () => {
    const config = onlineStarter('apa', folder, {
      rollouts: { num_rollouts: 8, chunk_size: 4 },
      updates: { total_iterations: 4, minibatch_size: 4, num_ppo_epochs: 1 },
      checkpoints: { interval_steps: 1 },
    });
    const whole = await there(config, 2);
    let pids: () => readonly number[] = () => [];
    let killed = 0;
    const result = await runOnGroup(
      {
        config,
        runFolder: newFolder(),
        resumeFrom: null,
        onEvent(event) {
          if (event.kind !== 'metrics' || event.step !== 2 || killed > 0) return;
          killed = pids().at(-1)!;
          process.kill(killed, 'SIGKILL');
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
    expect(killed).toBeGreaterThan(0);
    expect(rowsOf(result)).toEqual(whole);
    const said = result.events.flatMap((event) => (event.kind === 'log' ? [event.text] : []));
    expect(said.join('\n')).toContain('The group of workers was lost');
  });
});

it.skipIf(PYTHON)('workers were not asked: set KEEL_TEST_PYTHON to a Python with torch and transformers', () => {});
