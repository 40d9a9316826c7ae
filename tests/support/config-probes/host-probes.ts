import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredCheckpoint } from '#contract/api/runs/run-state.ts';
import {
  findRecipe,
  presetValues,
  type RecipeName,
  resolveConfig,
  resolveRecipeConfig,
  valueAt,
} from '#contract/config/index.ts';
import { DOCTOR_EVENT } from '#contract/run-events.ts';
import { retentionPolicy } from '../../../src-main/runs/archive/apply-retention.ts';
import { planRemovals } from '../../../src-main/runs/archive/retention.ts';
import { engineRequest } from '../../../src-main/runs/engine/engine-request.ts';
import { spawnEnvironment } from '../../../src-main/runs/engine/spawn-environment.ts';
import { rollbackByConsent } from '../../../src-main/runs/findings/doctor-consent.ts';
import { openStore } from '../../../src-main/store/open-store.ts';
import { insertEvent } from '../../../src-main/store/queries/events.ts';
import { insertRun, readRunByNumber } from '../../../src-main/store/queries/runs.ts';
import { caseProbe as probe } from './case-probe.ts';
import { type ConfigProbe, fieldsOf, type Plain } from './probe.ts';

/** The environment that an engine process of a config gets. */
function environmentOf(given: Plain): NodeJS.ProcessEnv {
  const { file } = resolveRecipeConfig(given);
  return spawnEnvironment('/nowhere', {})(null, engineRequest(file, '/', {}));
}

function engineProbes(recipe: RecipeName): readonly ConfigProbe[] {
  const of = (field: string, value: unknown, variable: string, wanted: string) =>
    probe(recipe, `engine.${field}`, value, (given) => {
      const found = environmentOf(given)[variable];
      return found === wanted ? [] : [`${variable} is ${found} in place of ${wanted}`];
    });
  return [
    of('device', 'cpu', 'CUDA_VISIBLE_DEVICES', ''),
    of('mode', 'eager', 'KEEL_ENGINE_MODE', 'eager'),
    of('threads', 3, 'TF_NUM_INTEROP_THREADS', '3'),
    of('compute_dtype', 'bfloat16', 'KEEL_COMPUTE_DTYPE', 'bfloat16'),
  ];
}

const STORED = [1, 2, 3, 4, 5, 6].map(
  (step): StoredCheckpoint =>
    ({
      ...{ step, folder: `/c-${step}`, sha256: '', bytes: 1e9, at: step, removedBecause: null },
      ...{ isBest: step === 1, bestStep: 1, suspectedSince: null },
    }) as never,
);

function retentionProbe(recipe: RecipeName, field: string, value: unknown, over: Plain, kept: readonly number[]) {
  return probe(
    recipe,
    `checkpoints.${field}`,
    value,
    (given) => {
      const gone = planRemovals(STORED, retentionPolicy(resolveRecipeConfig(given).file));
      const stays = STORED.filter((one) => !gone.some(({ checkpoint }) => checkpoint === one)).map(({ step }) => step);
      return stays.join() === kept.join() ? [] : [`keeps ${stays} in place of ${kept}`];
    },
    over,
  );
}

function retentionProbes(recipe: RecipeName): readonly ConfigProbe[] {
  return [
    retentionProbe(recipe, 'keep_every', 2, { 'checkpoints.keep_best': true }, [1, 2, 4, 5, 6]),
    retentionProbe(recipe, 'keep_best', false, {}, [5, 6]),
    retentionProbe(
      recipe,
      'disk_budget_gb',
      4,
      { 'checkpoints.keep_best': true, 'checkpoints.keep_every': 2 },
      [1, 4, 5, 6],
    ),
  ];
}

const REMEDY = { path: 'optimizer.learning_rate', value: 0.005, isLive: true, text: 'Lower it.' };
const FINDING = {
  ...{ regime: 'collapse', state: 'open', since: 2, cause: 'entropy is gone', evidence: [] },
  ...{ remedy: REMEDY, samples: [], action: 'pause' },
};

/** The rollback that the doctor may make of a run with a config; null where it has to wait. */
function consented(given: Plain) {
  const home = mkdtempSync(join(tmpdir(), 'keel-probe-'));
  const store = openStore(join(home, 'store.sqlite'));
  try {
    const { file } = resolveRecipeConfig(given);
    const number = insertRun(store.write, {
      ...{ id: '20260101-000000-probe', name: 'probe', recipe: String(file.recipe), parent: null, stage: null },
      ...{ configGiven: '', config: file, device: 'default', folder: join(home, 'runs', 'a'), baseFolder: home },
      createdAt: 1,
    });
    const event = { sequence: 1, at: 1, step: 4, level: 'warning' as const, name: DOCTOR_EVENT, detail: FINDING };
    insertEvent(store.write, number, event);
    const cause = { by: 'doctor' as const, why: FINDING.cause, regime: 'collapse' as const };
    return rollbackByConsent(store.read, readRunByNumber(store.read, number)!, cause);
  } finally {
    store.close();
    rmSync(home, { recursive: true });
  }
}

function consentProbes(recipe: RecipeName): readonly ConfigProbe[] {
  const allow = { 'doctor.rollback': 'allow' };
  return [
    probe(recipe, 'doctor.rollback', 'allow', (given) => (consented(given) === null ? ['it waits'] : [])),
    probe(
      recipe,
      'doctor.apply_remedy',
      true,
      (given) => (consented(given)?.changes.length === 1 ? [] : ['nothing is changed']),
      allow,
    ),
  ];
}

/** A field in which the two presets differ. */
function ofAuthors(recipe: RecipeName): readonly [string, unknown] | null {
  const { presets } = findRecipe(recipe)!;
  const [own, theirs] = [presetValues(presets.keel), presetValues(presets.authors)];
  const path = fieldsOf(recipe)
    .map((field) => field.path)
    .find((one) => JSON.stringify(valueAt(own, one)) !== JSON.stringify(valueAt(theirs, one)));
  return path === undefined ? null : [path, valueAt(theirs, path)];
}

function headingProbes(recipe: RecipeName): readonly ConfigProbe[] {
  const [path, wanted] = ofAuthors(recipe) ?? [];
  const named = probe(recipe, 'name', 'probe', (given) => {
    const { name } = resolveConfig(given, []).config;
    return name === 'probe' ? [] : [`the run is called ${name}`];
  });
  if (path === undefined) return [named];
  const preset = probe(
    recipe,
    'preset',
    'authors',
    (given) => {
      const found = valueAt(resolveRecipeConfig(given).file, path);
      return JSON.stringify(found) === JSON.stringify(wanted) ? [] : [`${path} is ${found} in place of ${wanted}`];
    },
    { [path]: undefined },
  );
  return [named, preset];
}

/** What the host makes of a config: the engine's environment, checkpoints that stay, consent to a rollback, names. */
export function hostProbes(recipe: RecipeName): readonly ConfigProbe[] {
  return [...headingProbes(recipe), ...engineProbes(recipe), ...retentionProbes(recipe), ...consentProbes(recipe)];
}
