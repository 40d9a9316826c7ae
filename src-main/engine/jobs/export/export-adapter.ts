import { join } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import { baseFolderOf, isAdapterFolder } from '../../adapter-base.ts';
import { type AdapterFiles, openAdapterFiles } from '../../model/adapters/adapter-files.ts';
import { mergedConfig, mergedFiles } from '../../model/adapters/merged-files.ts';
import { openAdapterGguf, type PlannedAdapterGguf, planAdapterGguf } from '../../model/files/adapter-gguf.ts';
import { openModelFolder } from '../../model/files/model-folder.ts';
import { loadLanguageModel } from '../../model/load-model.ts';
import type { JobOf } from '../../protocol.ts';
import { compareText } from './compare-text.ts';
import { asEqual, type Written } from './export-gguf.ts';
import { replayExport, replayPrompts } from './replay-export.ts';
import { requireEqual } from './require-equal.ts';

type ExportJob = JobOf<'export'>;

/** A planned file, and the adapter that it is read from. */
export interface PlannedAdapter {
  readonly plan: PlannedAdapterGguf;
  readonly files: AdapterFiles;
}

/**
 * Plans the file of an adapter that a run has saved.
 * @throws KeelError `export_no_adapter` for anything else, and `gguf_unsupported`.
 */
export function planAdapterExport({ source, what, checkpoint, type, record }: ExportJob): PlannedAdapter {
  const refuse = (why: string, fix: string) => new KeelError({ code: 'export_no_adapter', why, fix });
  if (what !== 'policy' || !isAdapterFolder(source)) {
    const why =
      what === 'policy'
        ? 'The policy is a whole model, not an adapter.'
        : `Only a policy can be written so, no ${what}.`;
    throw refuse(why, 'Use --format gguf or --format hf.');
  }
  if (checkpoint !== null) {
    throw refuse('A checkpoint holds no adapter with its settings.', 'Export --checkpoint best or last.');
  }
  const base = openModelFolder(baseFolderOf(source));
  try {
    const files = openAdapterFiles(source, base.config);
    const name = typeof record.name === 'string' && record.name !== '' ? record.name : `${base.config.family} adapter`;
    return { plan: planAdapterGguf(files, base, { type, name }), files };
  } finally {
    base.files.close();
  }
}

/** Base and written adapter, merged. */
function openMerged(path: string, source: string, files: AdapterFiles) {
  const base = openModelFolder(baseFolderOf(source));
  const written = openAdapterGguf(path, files, base.config);
  return {
    ...base,
    path,
    config: mergedConfig(base.config, written),
    files: mergedFiles(base.files, written, base.config),
  };
}

/**
 * Writes the file into an empty folder, reads it again, merges it into the base, and replays the fixed prompts on the
 * result. As F32 with one strength for all layers, it must be equal to its source. Throws `export_differs`.
 */
export function writeAdapterExport(
  folder: string,
  { plan, files }: PlannedAdapter,
  { runtime, model, tokenizer, job, told }: Written,
) {
  const file = `adapter-${job.type}.gguf`;
  plan.write(join(folder, file));
  told('replay', 2);
  const merged = openMerged(join(folder, file), job.source, files);
  const written = loadLanguageModel(runtime.variables, 'written', merged, { allowBroken: job.allowNonFinite });
  const replay = replayExport(runtime, { source: model, written }, replayPrompts(tokenizer, model));
  const text = compareText(tokenizer, tokenizer);
  requireEqual(job.type === 'F32' && plan.isExact ? replay : asEqual(replay), text);
  files.close();
  const factors = [...files.adapter.targets.values()];
  const parameters = factors.reduce((sum, { r, inputs, outputs }) => sum + r * (inputs + outputs), 0);
  return { replay, text, parameters, file, types: plan.types, remarks: plan.remarks };
}
