import type { ModelDifference } from '#contract/api/library/model-difference.ts';
import type { JobOf } from '../../protocol.ts';
import type { JobContext } from '../job-context.ts';
import { compareTokenizers } from './compare-tokenizers.ts';
import { type ComparedModel, openCompared, placeOf, untiedNames } from './compared-model.ts';
import { DifferenceTally } from './measure-tensors.ts';

const GAP_MILLISECONDS = 100;

const sizeOf = (shape: readonly number[]) => shape.reduce((product, axis) => product * axis, 1);

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Fields that differ, at any depth: `rope_scaling.factor`. */
function otherFields(a: Json, b: Json, at = ''): { field: string; a: unknown; b: unknown }[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) => {
    const [one, other] = [a[key], b[key]];
    if (isObject(one) && isObject(other)) return otherFields(one, other, `${at}${key}.`);
    return JSON.stringify(one) === JSON.stringify(other) ? [] : [{ field: at + key, a: one, b: other }];
  });
}

function sideOf({ path, config, files, names }: ComparedModel): ModelDifference['a'] {
  const entries = [...new Set(names.values())].map((name) => files.tensors.get(name)!);
  const parameters = entries.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return { path, family: config.family, parameters, dtypes: [...new Set(entries.map(({ dtype }) => dtype))] };
}

interface Pair {
  readonly name: string;
  readonly a: string;
  readonly b: string;
  readonly shape: number[];
}

function pairTensors(a: ComparedModel, b: ComparedModel) {
  const [ofA, ofB] = [untiedNames(a, b), untiedNames(b, a)];
  const shapes: ModelDifference['shapes'] = [];
  const pairs = [...ofA].flatMap(([name, inA]): Pair[] => {
    const inB = ofB.get(name);
    if (inB === undefined) return [];
    const [one, other] = [a.files.tensors.get(inA)!.shape, b.files.tensors.get(inB)!.shape];
    if (one.join() === other.join()) return [{ name, a: inA, b: inB, shape: [...one] }];
    shapes.push({ name, a: [...one], b: [...other] });
    return [];
  });
  const onlyIn = (own: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>) =>
    [...own.keys()].filter((name) => !other.has(name));
  return { pairs, shapes, onlyInA: onlyIn(ofA, ofB), onlyInB: onlyIn(ofB, ofA) };
}

/** Compares tensor by tensor, with one of each model in memory. Null if the job was stopped. */
async function measured(a: ComparedModel, b: ComparedModel, pairs: readonly Pair[], { control, tell }: JobContext) {
  const tally = new DifferenceTally();
  const total = pairs.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  let done = 0;
  let toldAt = performance.now();
  for (const { name, a: inA, b: inB, shape } of pairs) {
    tally.add({ name, shape, ...placeOf(name, a.config) }, a.files.read(inA), b.files.read(inB));
    done += 4 * sizeOf(shape);
    if (performance.now() - toldAt < GAP_MILLISECONDS) continue;
    toldAt = performance.now();
    tell({ kind: 'progress', progress: { phase: 'compare', done, total, unit: 'byte' } });
    // Lets reports leave the process and a stop request arrive.
    await new Promise((resolve) => setImmediate(resolve));
    if ((await control.boundary(tally.tensors.length)).stop) return null;
  }
  return tally;
}

/**
 * Compares two models: fields of their configs, every tensor, tokenizer, and chat template. Either is a folder, a GGUF
 * file, or an adapter, which stands for the model that it makes of its base.
 * Throws what opening a model folder throws.
 */
export async function modelDiff(job: JobOf<'model_diff'>, context: JobContext): Promise<void> {
  const opened: ComparedModel[] = [];
  try {
    for (const path of [job.a, job.b]) opened.push(openCompared(path));
    const [a, b] = opened as [ComparedModel, ComparedModel];
    const { pairs, shapes, onlyInA, onlyInB } = pairTensors(a, b);
    const tally = await measured(a, b, pairs, context);
    if (tally === null) return context.tell({ kind: 'stopped', step: null });
    const config = otherFields(a.config.raw, b.config.raw);
    const tokenizer = compareTokenizers(job.a, job.b);
    const { tensors } = tally;
    const lists = [config, onlyInA, onlyInB, shapes, tensors.filter(({ max_abs }) => max_abs > 0)];
    const equal = lists.every(({ length }) => length === 0) && 'equal' in tokenizer && tokenizer.equal;
    const sides = { a: sideOf(a), b: sideOf(b), equal, config, only_in_a: onlyInA, only_in_b: onlyInB, shapes };
    const result: ModelDifference = { ...sides, tensors, groups: tally.groups(), tokenizer };
    context.tell({ kind: 'result', result });
  } finally {
    for (const { files } of opened) files.close();
  }
}
