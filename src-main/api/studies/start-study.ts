import type { Run } from '#contract/api/runs/run-state.ts';
import type { MethodPlan } from '#contract/api/runs/studies.ts';
import type { Study } from '#contract/api/runs/study.ts';
import { resolveConfig } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import { admitted, checkResolved } from '../../runs/admission/check-admission.ts';
import type { RunHost } from '../../runs/host/run-host.ts';
import { inTransaction } from '../../store/database.ts';
import { insertStudy, readStudy } from '../../store/queries/studies.ts';
import { type Config, findCompared, type WithConfig } from './compared-run.ts';
import { configByMethod, methodsBeside, requireMethod } from './method-plan.ts';

export interface Started {
  readonly study: Study;
  readonly runs: Run[];
}

/** Adds a study and returns it. */
export function addStudy(host: RunHost, study: { name: string; notes: string; runs: readonly string[] }): Study {
  const { store, now } = host.setup;
  const id = inTransaction(store.write, () => insertStudy(store.write, { ...study, createdAt: now() }));
  return readStudy(store.write, id)!;
}

/** Checks every config before the first run is created, then queues all runs. Throws `config_invalid`, `run_refused`. */
async function startAll(host: RunHost, { run }: WithConfig, configs: readonly Config[]): Promise<Run[]> {
  const { baseFolder } = run;
  const resolved = configs.map((config) => resolveConfig(config));
  await admitted(checkResolved(host.setup, resolved, baseFolder));
  return configs.map((config) => host.start({ config: JSON.stringify(config), baseFolder }));
}

/** Throws `not_a_policy_run`, `config_invalid`, `run_refused`. */
export async function startMethods(
  host: RunHost,
  request: { readonly run: string } & Pick<MethodPlan, 'lambda' | 'klCoef'>,
): Promise<Started> {
  const from = findCompared(host, request.run);
  const methods = methodsBeside(requireMethod(from));
  const runs = await startAll(
    host,
    from,
    methods.map((method) => configByMethod(method, from, request)),
  );
  const anchors = methods.map(({ title, anchor }) =>
    anchor.unit === 'scaled_score' ? `kl_coef ${request.klCoef} for ${title}` : `λ ${request.lambda} for ${title}`,
  );
  const notes = `${methods.length} methods, starting from ${from.run.id}: ${anchors.join(', ')}.`;
  const name = `${from.run.name}: ${methods.map(({ title }) => title).join(', ')}`.slice(0, 100);
  return { study: addStudy(host, { name, notes, runs: runs.map(({ id }) => id) }), runs };
}

/** Throws `seeds_repeated` if nothing new would be computed, `config_invalid`, and `run_refused`. */
export async function startSeeds(
  host: RunHost,
  request: { readonly run: string; readonly seeds: readonly number[] },
): Promise<Started> {
  const from = findCompared(host, request.run);
  const seeds = [...new Set(request.seeds)].filter((seed) => seed !== from.config.seed);
  if (seeds.length === 0) {
    throw new KeelError({
      code: 'seeds_repeated',
      why: `The run ${from.run.id} already has the seed ${String(from.config.seed)}.`,
      fix: 'Choose other seeds.',
    });
  }
  const name = String(from.config.name).slice(0, 80);
  const configs = seeds.map((seed) => ({ ...from.config, seed, name: `${name}-seed-${seed}` }));
  const runs = await startAll(host, from, configs);
  const members = [from.run.id, ...runs.map(({ id }) => id)];
  const notes = `Seeds of ${from.run.id}: ${[from.config.seed, ...seeds].join(', ')}.`;
  return { study: addStudy(host, { name: `${name}: ${members.length} seeds`, notes, runs: members }), runs };
}
