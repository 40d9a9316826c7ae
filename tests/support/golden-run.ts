import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSafetensors } from '#engine/model/safetensors/open-safetensors.ts';
import type { EngineEvent, EngineReport } from '#engine/protocol.ts';
import { metricRows, runEngine } from './engine-run.ts';

/** Models, data, configs and expected numbers of tests/golden/make_iterations.py. */
const GOLDEN = join(import.meta.dirname, '../fixtures/golden-iterations');

export type GoldenConfig = Readonly<Record<string, unknown>>;
type Tensors = ReadonlyMap<string, Float32Array>;
type Samples = Extract<EngineEvent, { kind: 'samples' }>;
type SampleRow = Samples['rows'][number];

export interface GoldenRun {
  /** Every metric by "key@step", save times and memory. */
  readonly metrics: ReadonlyMap<string, number>;
  readonly samples: readonly Pick<Samples, 'step' | 'rows'>[];
  /** Weights at the end, by their names in the checkpoint. */
  readonly weights: Tensors;
}

export interface Golden {
  /** NaN stands as null. */
  readonly metrics: Readonly<Record<string, number | null>>;
  /** Replies to the held-out prompts by step. */
  readonly samples: Readonly<Record<string, readonly Omit<SampleRow, 'promptIndex' | 'tokens'>[]>>;
}

/** A config in which `@models/neox` and the like are folders of the fixture. */
export function located<Value>(value: Value): Value {
  if (typeof value === 'string') return (value.startsWith('@') ? join(GOLDEN, value.slice(1)) : value) as Value;
  if (Array.isArray(value)) return value.map(located) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, located(inner)])) as Value;
}

function readGolden<Value>(file: string): Value {
  return JSON.parse(readFileSync(join(GOLDEN, file), 'utf8')) as Value;
}

/** The configs of the golden runs, by name. */
export function goldenCases(): Readonly<Record<string, GoldenConfig>> {
  return readGolden('cases.json');
}

/** Names of the golden runs of some recipes. */
export function casesOf(...recipes: readonly string[]): readonly string[] {
  return Object.entries(goldenCases()).flatMap(([name, { recipe }]) =>
    recipes.includes(recipe as string) ? [name] : [],
  );
}

function tensorsOf(file: string, prefix = ''): Tensors {
  const opened = openSafetensors(file);
  const tensors = new Map([...opened.tensors.keys()].map((name) => [prefix + name, opened.read(name)]));
  opened.close();
  return tensors;
}

/** Every tensor of a checkpoint, save the optimizer's. */
function weightsIn(checkpoint: string): Tensors {
  const files = readdirSync(checkpoint).filter(
    (name) => name.endsWith('.safetensors') && name !== 'optimizer.safetensors',
  );
  return new Map(files.flatMap((name) => [...tensorsOf(join(checkpoint, name))]));
}

/** Runs a config of the fixture to its end, in an engine process. Throws when it fails. */
export async function runGolden(config: GoldenConfig, runFolder: string): Promise<GoldenRun> {
  mkdirSync(runFolder, { recursive: true });
  const { mode } = config.engine as { readonly mode: 'compiled' | 'eager' };
  const { events } = await runEngine({ config: located(config), runFolder, resumeFrom: null, mode });
  return goldenRunOf(events, runFolder);
}

/** What a run reported and left in its folder. Throws when it did not reach its end. */
export function goldenRunOf(events: readonly (EngineEvent | EngineReport)[], runFolder: string): GoldenRun {
  const last = events.at(-1);
  if (last?.kind !== 'summary') throw new Error(`the run ended with ${JSON.stringify(last)}`);
  const checkpoints = readdirSync(runFolder).filter((name) => name.startsWith('checkpoint-'));
  return {
    metrics: metricRows(events),
    samples: events.flatMap((event) => (event.kind === 'samples' ? [{ step: event.step, rows: event.rows }] : [])),
    weights: weightsIn(join(runFolder, checkpoints.sort().at(-1)!)),
  };
}

function folderOfCritic(config: GoldenConfig): string {
  const { init } = config.critic as { readonly init: string };
  if (init === 'reward_model') return (config.reward as { readonly model: string }).model;
  return init === 'policy' ? (config.model as string) : init;
}

/** The weights that a run starts from: those of the model folders, and the heads that it draws. */
function startOf(name: string): Tensors {
  const config = goldenCases()[name]!;
  const fileOf = (folder: string) => join(located(folder), 'model.safetensors');
  const drawn = () => tensorsOf(join(GOLDEN, `${name}-heads.safetensors`));
  const model = fileOf(config.model as string);
  if (config.recipe === 'sft') return tensorsOf(model, 'policy/');
  if (config.recipe === 'reward-model') return new Map([...tensorsOf(model, 'reward_model/'), ...drawn()]);
  if (!config.critic) return tensorsOf(model, 'policy/');
  return new Map([...tensorsOf(model, 'policy/'), ...tensorsOf(fileOf(folderOfCritic(config)), 'critic/'), ...drawn()]);
}

const RELATIVE = 1e-4;
/** Numbers below this count as if they had this size. */
const SMALL = 0.1;

function isNear(found: number, wanted: number): boolean {
  if (Number.isNaN(wanted)) return Number.isNaN(found);
  return Math.abs(found - wanted) <= RELATIVE * Math.max(SMALL, Math.abs(wanted));
}

/** Names of the metrics that are missing, too many, or apart from what is expected, with both numbers. */
function metricFaults(found: ReadonlyMap<string, number>, { metrics }: Golden): string[] {
  const keys = [...new Set([...found.keys(), ...Object.keys(metrics)])].sort();
  return keys.flatMap((key) => {
    const [own, other] = [found.get(key), Object.hasOwn(metrics, key) ? (metrics[key] ?? Number.NaN) : undefined];
    return own !== undefined && other !== undefined && isNear(own, other) ? [] : [`${key}: ${own} for ${other}`];
  });
}

const largestOf = (values: Iterable<number>) => [...values].reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Tensors whose update is apart from the expected one by more than a share of its own largest entry, with that share. */
function weightFaults(name: string, found: Tensors): string[] {
  const [before, after] = [startOf(name), tensorsOf(join(GOLDEN, `${name}.safetensors`))];
  const [own, wantedNames] = [found, after].map((tensors) => [...tensors.keys()].sort().join());
  if (own !== wantedNames) return [`weights are ${own} for ${wantedNames}`];
  return [...after].flatMap(([key, wanted]) => {
    const start = before.get(key)!;
    const update = largestOf(wanted.map((value, at) => value - start[at]!));
    const apart = largestOf(wanted.map((value, at) => value - found.get(key)![at]!));
    return apart <= RELATIVE * update ? [] : [`${key}: ${(apart / update).toExponential(1)} of its update`];
  });
}

const PER_TOKEN = ['logprobs', 'refLogprobs', 'kl', 'values', 'advantages', 'rewards'] as const;

/** Names of what is apart in a reply. */
function replyFaults(own: SampleRow | undefined, wanted: Golden['samples'][string][number]): readonly string[] {
  if (!own) return ['missing'];
  if (own.ids.join() !== wanted.ids.join()) return [`ids are ${own.ids} for ${wanted.ids}`];
  const texts = (['response', 'endedByStop'] as const).filter((key) => own[key] !== wanted[key]);
  const numbers = PER_TOKEN.filter(
    (key) => !wanted[key].every((value, at) => isNear(own[key][at] ?? Number.NaN, value)),
  );
  const scores = (['score', 'judge'] as const).filter((key) =>
    wanted[key] === null ? own[key] !== null : !isNear(own[key] ?? Number.NaN, wanted[key]),
  );
  const totals = Object.entries(wanted.totals ?? {}).filter(
    ([key, value]) => !isNear(own.totals?.[key as keyof typeof own.totals] ?? Number.NaN, value),
  );
  return [...texts, ...numbers, ...scores, ...totals.map(([key]) => `totals.${key}`)];
}

function sampleFaults(found: GoldenRun['samples'], { samples }: Golden): string[] {
  const steps = found.map(({ step }) => step).join();
  if (steps !== Object.keys(samples).join()) return [`samples at ${steps} for ${Object.keys(samples)}`];
  return found.flatMap(({ step, rows }) =>
    samples[step]!.flatMap((wanted) =>
      replyFaults(
        rows.find(({ prompt }) => prompt === wanted.prompt),
        wanted,
      ).map((what) => `reply to "${wanted.prompt}" at ${step}: ${what}`),
    ),
  );
}

/** Everything in which a run departs from the expected numbers of a case. */
export function faultsOf(name: string, run: GoldenRun): string[] {
  const golden = readGolden<Golden>(`${name}.json`);
  return [
    ...sampleFaults(run.samples, golden),
    ...metricFaults(run.metrics, golden),
    ...weightFaults(name, run.weights),
  ];
}
