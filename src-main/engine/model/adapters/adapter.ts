import type { ModelConfig } from '../config/model-config.ts';
import { familyOf } from '../families/family-of.ts';
import type { Init, Parameter } from '../parameters.ts';

/** Settings of LoRA under PEFT's names, with PEFT's meaning. Source: Hu et al. 2021 (arXiv 2106.09685). */
export interface LoraSettings {
  readonly r: number;
  readonly loraAlpha: number;
  /** Share of a layer's inputs that the adapter does not see in a training step. */
  readonly loraDropout: number;
  /** Scales by alpha / sqrt(r) instead of alpha / r (Kalajdzievski 2023, arXiv 2312.03732). */
  readonly useRslora: boolean;
  /** `all-linear`, or names of layers: a layer's whole name or the end of it after a dot. */
  readonly targetModules: 'all-linear' | readonly string[];
  /** Other values of `r` and `lora_alpha`, by the end of a layer's name or a pattern of it. */
  readonly rankPattern: Readonly<Record<string, number>>;
  readonly alphaPattern: Readonly<Record<string, number>>;
}

/** How a weight is multiplied: as torch.nn.Linear's, as Conv1D's, or as a table of which rows are taken. */
export type AdaptedKind = 'linear' | 'conv1d' | 'embedding';

/** One weight with an addition of rank r. */
export interface AdapterTarget {
  /** Name of the layer: that of its weight without `.weight`. */
  readonly module: string;
  readonly kind: AdaptedKind;
  readonly r: number;
  /** Factor of the addition. */
  readonly scale: number;
  /** Size of the layer's input (of the vocabulary, for an embedding) and output. */
  readonly inputs: number;
  readonly outputs: number;
}

/** An adapter for one model: its targets by the name of the base weight. */
export interface Adapter {
  readonly targets: ReadonlyMap<string, AdapterTarget>;
  /** Share of inputs that are dropped in training, and the seed by which they are chosen. */
  readonly dropout: number;
  readonly seed: number;
}

/** PEFT's rule for the keys of its patterns: the end of a name after a dot, as a regular expression. */
function byPattern(patterns: Readonly<Record<string, number>>, module: string): number | undefined {
  const found = Object.entries(patterns).find(([pattern]) => new RegExp(`^(.*\\.)?(${pattern})$`).test(module));
  return found?.[1];
}

/** Rank and factor of a layer's addition. */
export function rankOf(settings: LoraSettings, module: string): { readonly r: number; readonly scale: number } {
  const r = byPattern(settings.rankPattern, module) ?? settings.r;
  const alpha = byPattern(settings.alphaPattern, module) ?? settings.loraAlpha;
  return { r, scale: alpha / (settings.useRslora ? Math.sqrt(r) : r) };
}

const moduleOf = (weight: string) => weight.replace(/\.weight$/, '');

/** A weight that an adapter can be added to; null for a norm, a bias, or a table of positions. */
function adaptable(config: ModelConfig, parameter: Parameter): Omit<AdapterTarget, 'r' | 'scale'> | null {
  const { embeddingName, headNames } = familyOf(config.family);
  const { name, shape } = parameter;
  const [rows, columns] = shape as [number, number];
  const module = moduleOf(name);
  if (name === embeddingName) return { module, kind: 'embedding', inputs: rows, outputs: columns };
  if (parameter.layer === 'conv1d') return { module, kind: 'conv1d', inputs: rows, outputs: columns };
  if (parameter.layer !== 'linear' && !headNames.includes(name)) return null;
  return { module, kind: 'linear', inputs: columns, outputs: rows };
}

/** Every weight of a model that an adapter can be added to, by name. */
export function adaptableWeights(
  config: ModelConfig,
  parameters: readonly Parameter[],
): ReadonlyMap<string, Omit<AdapterTarget, 'r' | 'scale'>> {
  const entries = parameters.flatMap((parameter) => {
    const found = adaptable(config, parameter);
    return found ? [[parameter.name, found] as const] : [];
  });
  return new Map(entries);
}

/** PEFT's rule for names: the whole name, or its end after a dot. */
const isNamed = (module: string, names: readonly string[]) =>
  names.some((name) => module === name || module.endsWith(`.${name}`));

/**
 * The adapter of a model for given settings. `all-linear` is every linear layer of the blocks, and neither the
 * embedding nor the output matrix, as in PEFT.
 * @returns the adapter, and the names in `target_modules` that no layer has.
 */
export function planAdapter(
  config: ModelConfig,
  parameters: readonly Parameter[],
  settings: LoraSettings,
  seed: number,
): { readonly adapter: Adapter; readonly unknown: readonly string[] } {
  const { targetModules: wanted } = settings;
  const all = [...adaptableWeights(config, parameters)];
  const linear = new Set(parameters.filter(({ layer }) => layer !== undefined).map(({ name }) => name));
  const chosen = all.filter(([name, { module }]) =>
    wanted === 'all-linear' ? linear.has(name) : isNamed(module, wanted),
  );
  const targets = chosen.map(([name, target]) => [name, { ...target, ...rankOf(settings, target.module) }] as const);
  const unknown =
    wanted === 'all-linear' ? [] : wanted.filter((name) => !all.some(([, { module }]) => isNamed(module, [name])));
  return { adapter: { targets: new Map(targets), dropout: settings.loraDropout, seed }, unknown };
}

/** Names of the two factors of a layer's addition, as PEFT writes them. */
export function factorNames({ module, kind }: Pick<AdapterTarget, 'module' | 'kind'>): {
  readonly a: string;
  readonly b: string;
} {
  return kind === 'embedding'
    ? { a: `${module}.lora_embedding_A`, b: `${module}.lora_embedding_B` }
    : { a: `${module}.lora_A.weight`, b: `${module}.lora_B.weight` };
}

const ZEROS: Init = { kind: 'zeros' };

/**
 * The trained tensors of an adapter: A [r, inputs] and B [outputs, r] for each target. They start as in PEFT, so that
 * the product is zero: A uniform within ±1/sqrt(inputs) and B zero; for an embedding, A zero and B normal.
 */
export function adapterParameters({ targets }: Pick<Adapter, 'targets'>): readonly Parameter[] {
  return [...targets.values()].flatMap((target): Parameter[] => {
    const { a, b } = factorNames(target);
    const isEmbedding = target.kind === 'embedding';
    const ofA: Init = isEmbedding ? ZEROS : { kind: 'uniform', bound: 1 / Math.sqrt(target.inputs) };
    const ofB: Init = isEmbedding ? { kind: 'normal', deviation: 1 } : ZEROS;
    return [
      { name: a, shape: [target.r, target.inputs], init: ofA },
      { name: b, shape: [target.outputs, target.r], init: ofB },
    ];
  });
}
