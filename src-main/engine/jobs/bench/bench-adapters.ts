import { join } from 'node:path';
import { adaptedWeights, frozenWeights } from '../../model/adapters/adapted-weights.ts';
import { adapterParameters, planAdapter } from '../../model/adapters/adapter.ts';
import type { ModelConfig } from '../../model/config/model-config.ts';
import { initializeParameters, initialValues } from '../../model/initial-values.ts';
import { createLanguageModel, type LanguageModel } from '../../model/language-model.ts';
import { loadLanguageModel } from '../../model/load-model.ts';
import type { Parameter } from '../../model/parameters.ts';
import { openWeightFile } from '../../model/safetensors/weight-files.ts';
import { storedAs } from '../../model/stored-as.ts';
import { createValueModel } from '../../model/value-model.ts';
import { float32, sizeOf } from '../../runtime/host-tensor.ts';
import type { StoredDtype } from '../../runtime/stored/stored-dtype.ts';
import type { Runtime, Variables } from '../../runtime/types.ts';
import { type PlacedAdapter, placeAdapter } from '../../session/adapters/shared-base.ts';
import { type BenchModels, configOf } from './bench-models.ts';
import type { BenchOptions } from './bench-options.ts';

const ROLES = ['policy', 'critic', 'reward'] as const;
type Role = (typeof ROLES)[number];

/** Numbers that are drawn for one tensor; a larger one repeats them, since speed does not depend on the values. */
const DRAWN = 2 ** 20;

function drawn(parameter: Parameter, seed: number): Float32Array {
  const size = sizeOf(parameter.shape);
  if (size <= DRAWN) return initialValues(parameter, seed);
  const values = new Float32Array(size);
  const some = initialValues({ ...parameter, shape: [DRAWN] }, seed);
  for (let at = 0; at < size; at += DRAWN) values.set(some.subarray(0, Math.min(DRAWN, size - at)), at);
  return values;
}

function createBase(variables: Variables, config: ModelConfig, stored: StoredDtype, seed: number): LanguageModel {
  const model = createLanguageModel(config);
  for (const parameter of [...model.trunkParameters, ...model.headParameters]) {
    const value = float32(drawn(parameter, seed), parameter.shape);
    variables.create(`base/${parameter.name}`, value, storedAs(parameter, stored));
  }
  return model;
}

function adaptedModels(
  runtime: Runtime,
  base: LanguageModel,
  placed: Readonly<Record<Role, PlacedAdapter>>,
): BenchModels {
  const { variables } = runtime;
  const values = createValueModel(base.config, 'linear');
  const heads = new Set(values.headParameters.map(({ name }) => name));
  const weightsOf = (own: Role, ownNames: ReadonlySet<string>) =>
    adaptedWeights({ base: 'base', own, adapter: placed[own].adapter, ownNames });
  const trained = [...variables.names('policy/'), ...variables.names('critic/')];
  const count = (names: readonly string[]) => names.reduce((sum, name) => sum + sizeOf(variables.shape(name)), 0);
  return {
    policy: { model: base, weightsOf: weightsOf('policy', new Set()) },
    reference: frozenWeights('base'),
    critic: { model: values, weightsOf: weightsOf('critic', heads) },
    reward: { model: values, weightsOf: weightsOf('reward', heads) },
    trained,
    parameters: count(variables.names('base/')),
    trainedParameters: count(trained),
  };
}

/**
 * Policy, critic, and reward model as adapters on one frozen base of the given shape, with the baseline's settings: all
 * linear layers, alpha twice the rank, and second factors of deviation 0.02 instead of zero.
 */
export function initializeAdaptedModels(runtime: Runtime, options: BenchOptions): BenchModels {
  const { seed, lora: r = 1 } = options;
  const { variables } = runtime;
  const base = createBase(variables, configOf(options), options.baseDtype, seed);
  const settings = {
    r,
    loraAlpha: 2 * r,
    loraDropout: 0,
    useRslora: false,
    targetModules: 'all-linear',
    rankPattern: {},
    alphaPattern: {},
  } as const;
  const { adapter } = planAdapter(base.config, base.trunkParameters, settings, seed);
  for (const [index, role] of ROLES.entries()) {
    const factors = adapterParameters(adapter).map((parameter) =>
      parameter.init.kind === 'zeros'
        ? { ...parameter, init: { kind: 'normal' as const, deviation: 0.02 } }
        : parameter,
    );
    initializeParameters(variables, role, factors, seed + index);
    if (role === 'policy') continue;
    initializeParameters(variables, role, createValueModel(base.config, 'linear').headParameters, seed + index);
  }
  const placed = { adapter, settings };
  return adaptedModels(runtime, base, { policy: placed, critic: placed, reward: placed });
}

/** The models of a dump of the baseline with adapters. Throws what loading a model or an adapter throws. */
export function loadAdaptedModels(runtime: Runtime, folder: string): BenchModels {
  const { variables } = runtime;
  const place = join(folder, 'base');
  const model = loadLanguageModel(variables, 'base', place);
  const base = { folder: place, model };
  const placed = ROLES.map((role) => [
    role,
    placeAdapter(variables, role, base, { folder: join(folder, 'adapters', role) }),
  ]);
  for (const role of ['critic', 'reward'] as const) {
    const head = openWeightFile(join(folder, `${role}-head.safetensors`));
    for (const [name, { shape }] of head.tensors) variables.create(`${role}/${name}`, float32(head.read(name), shape));
    head.close();
  }
  return adaptedModels(runtime, model, Object.fromEntries(placed) as Record<Role, PlacedAdapter>);
}
