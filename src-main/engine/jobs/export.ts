import { dirname, join } from 'node:path';
import { writeExport } from '../model/files/export-folder.ts';
import { checkExportTarget } from '../model/files/export-target.ts';
import { openModelFolder } from '../model/files/model-folder.ts';
import { overwriteVariables } from '../model/files/variable-files.ts';
import { loadValueModel } from '../model/load-model.ts';
import type { JobOf } from '../protocol.ts';
import type { Runtime } from '../runtime/types.ts';
import { verifyCheckpoint } from '../session/checkpoint/checkpoints.ts';
import { readRunStops } from '../session/run-stops.ts';
import { loadTokenizer } from '../tokenizer/files/load-tokenizer.ts';
import { planAdapterExport, writeAdapterExport } from './export/export-adapter.ts';
import { planGgufExport, writeGgufExport } from './export/export-gguf.ts';
import type { Exported } from './export/replay-export.ts';
import { type FolderSource, folderBytes, loadExported, smallBytes, writeFolder } from './export/write-folder.ts';
import type { JobContext } from './job-context.ts';

type ExportJob = JobOf<'export'>;

/** The model to export: as in its folder, or with the weights of a checkpoint. */
function loadSource(runtime: Runtime, job: ExportJob): Exported {
  const { variables } = runtime;
  if (job.checkpoint === null) return loadExported(runtime, 'source', job.source, job);
  verifyCheckpoint(job.checkpoint);
  const model = job.head
    ? loadValueModel(variables, 'source', job.source, { kind: job.head, seed: 0 })
    : loadExported(runtime, 'source', job.source, job);
  overwriteVariables(join(job.checkpoint, `${job.what}.safetensors`), variables, job.what, 'source');
  return model;
}

function folderSource(job: ExportJob, model: Exported): FolderSource {
  const { files, generationConfig } = openModelFolder(job.source);
  files.close();
  const responseEnds = job.checkpoint === null ? null : (readRunStops(dirname(job.checkpoint))?.ends ?? null);
  return { ...job, model, tokenizer: loadTokenizer(job.source), generationConfig, responseEnds };
}

/**
 * Writes an artifact as a Hugging Face folder with a model card or as a GGUF file, or an adapter as one. What was written
 * is opened again and a fixed set of
 * prompts is replayed on it before it receives its final name, so every folder that exists has passed.
 * Throws `export_target_…`, `export_not_written`, `weights_exceed_dtype`, `export_differs` and whatever loading a model
 * throws.
 */
export async function exportArtifact(job: ExportJob, { runtime, tell }: JobContext): Promise<void> {
  const { source: from, out, what, force, format } = job;
  checkExportTarget([from], out, force);
  const told = (phase: string, done: number) =>
    tell({ kind: 'progress', progress: { phase, done, total: 3, unit: 'parts' } });
  told('load', 0);
  const adapter = format === 'gguf-lora' ? planAdapterExport(job) : null;
  const model = loadSource(runtime, job);
  const source = folderSource(job, model);
  const { tokenizer } = source;
  const gguf = format === 'gguf' ? planGgufExport(runtime, model, tokenizer, job) : null;
  const file = gguf ?? adapter?.plan;
  const neededBytes = file ? file.bytes + smallBytes(tokenizer) : folderBytes(runtime, source);
  const write = (folder: string) => {
    told('write', 1);
    const parts = { runtime, model, tokenizer, job, told };
    if (adapter) return writeAdapterExport(folder, adapter, parts);
    if (gguf) return writeGgufExport(folder, gguf, parts);
    return writeFolder(runtime, folder, source, (phase) => told(phase, 2));
  };
  const verified = await writeExport<object>(out, force, write, neededBytes);
  tell({ kind: 'result', result: { folder: out, format, what, family: model.config.family, ...verified } });
}
