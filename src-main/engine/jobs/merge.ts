import { realpathSync } from 'node:fs';
import { KeelError } from '#contract/errors.ts';
import { isAdapterFolder } from '../adapter-base.ts';
import { writeExport } from '../model/files/export-folder.ts';
import { checkExportTarget } from '../model/files/export-target.ts';
import { openModelFolder, readModelConfig } from '../model/files/model-folder.ts';
import { headKindIn } from '../model/heads.ts';
import { plainWeights } from '../model/weights.ts';
import type { JobOf } from '../protocol.ts';
import type { Runtime } from '../runtime/types.ts';
import { openOnBase } from '../session/adapters/open-on-base.ts';
import { weightsFolder } from '../session/adapters/shared-base.ts';
import { loadTokenizer } from '../tokenizer/files/load-tokenizer.ts';
import { type Exported, largestDifference, outputsOf, replayBatch, replayPrompts } from './export/replay-export.ts';
import { type FolderSource, folderBytes, loadExported, writeFolder } from './export/write-folder.ts';
import type { JobContext } from './job-context.ts';

type MergeJob = JobOf<'merge'>;

/**
 * Largest difference of an output between a merged model and its base with the adapter, in units of the largest
 * output. Both compute in float32 and differ in the order of their sums: about 1e-6 in models of the usual sizes.
 */
export const MERGE_BOUND = 1e-3;

/** How far the merged model is from its base with the adapter, on the fixed prompts. */
interface MergeReport {
  readonly prompts: number;
  /** Largest difference of an output, and the largest output itself. */
  readonly max_abs_difference: number;
  readonly largest_output: number;
  /** The difference that was allowed: {@link MERGE_BOUND} times the largest output. */
  readonly bound: number;
}

function requireAdapter(folder: string): void {
  if (isAdapterFolder(folder)) return;
  throw new KeelError({
    code: 'adapter_missing',
    why: `${folder} has no adapter_config.json, so it is a model of its own, and there is nothing to merge.`,
    fix: 'Name the folder of an adapter as PEFT or Keel saves it, or run:<id>/policy of a run with `adapter`.',
  });
}

/** What the base with the adapter computes; the base leaves memory afterwards. */
function outputsOnBase(runtime: Runtime, adapter: string, prompts: readonly (readonly number[])[]): Float32Array {
  const placed = openOnBase(runtime.variables, 'adapter', adapter);
  const outputs = outputsOf(runtime, 'adapter', placed, replayBatch(prompts));
  for (const prefix of ['base/', 'adapter/']) runtime.variables.remove(prefix);
  return outputs;
}

function compare(merged: Float32Array, onBase: Float32Array, prompts: number): MergeReport {
  const largest = onBase.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const difference = largestDifference(onBase, merged);
  return {
    prompts,
    max_abs_difference: difference,
    largest_output: largest,
    bound: MERGE_BOUND * largest,
  };
}

function requireClose(adapter: string, { max_abs_difference, largest_output, bound }: MergeReport): void {
  if (max_abs_difference <= bound) return;
  throw new KeelError({
    code: 'merge_differs',
    why: `Merged in float32, ${adapter} gives other results than on its base: outputs differ by up to ${max_abs_difference}, and ${bound} is allowed (${MERGE_BOUND} of the largest output, ${largest_output}).`,
    fix: "Use the adapter on its base, as it is: its factors cancel out or exceed float32's precision. Nothing was written.",
  });
}

/** The merged model below `source/`, with what its folder says besides. */
function mergedSource(job: MergeJob, model: Exported, what: FolderSource['what']): FolderSource {
  const { files, generationConfig } = openModelFolder(job.adapter);
  files.close();
  const { dtype, record } = job;
  const tokenizer = loadTokenizer(job.adapter);
  return { model, tokenizer, generationConfig, responseEnds: null, what, record, dtype, allowNonFinite: false };
}

function kindOf(adapter: string): FolderSource['what'] {
  const { files } = openModelFolder(adapter);
  files.close();
  const head = headKindIn(files.tensors.keys());
  return head === null ? 'policy' : head === 'score' ? 'reward_model' : 'critic';
}

/**
 * Adds an adapter to its base's weights in float32 and writes the model as a Hugging Face folder. Before it is written,
 * the fixed prompts must give the same outputs as on the base with the adapter, up to {@link MERGE_BOUND}; before it
 * receives its name, it is opened again like every export.
 * Throws `adapter_missing`, `merge_differs`, and what {@link writeExport}, {@link writeFolder} and loading throw.
 */
export async function merge(job: MergeJob, { runtime, tell }: JobContext): Promise<void> {
  const { adapter, out, force } = job;
  requireAdapter(adapter);
  const base = realpathSync(weightsFolder(adapter));
  checkExportTarget([adapter, base], out, force);
  const told = (phase: string, done: number) =>
    tell({ kind: 'progress', progress: { phase, done, total: 4, unit: 'parts' } });
  told('load', 0);
  const what = kindOf(adapter);
  const prompts = replayPrompts(loadTokenizer(adapter), { config: readModelConfig(adapter) });
  const onBase = outputsOnBase(runtime, adapter, prompts);
  told('merge', 1);
  const model = loadExported(runtime, 'source', adapter, { what, allowNonFinite: false });
  const placed = { model, weightsOf: plainWeights('source') };
  const merged = outputsOf(runtime, 'merged', placed, replayBatch(prompts));
  const report = compare(merged, onBase, prompts.length);
  requireClose(adapter, report);
  const source = mergedSource(job, model, what);
  const write = (folder: string) => {
    told('write', 2);
    return writeFolder(runtime, folder, source, (phase) => told(phase, 3));
  };
  const written = await writeExport(out, force, write, folderBytes(runtime, source));
  const { family } = model.config;
  tell({ kind: 'result', result: { folder: out, base, what, family, merge: report, ...written } });
}
