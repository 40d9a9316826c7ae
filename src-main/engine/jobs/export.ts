import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeExport } from '../model/files/export-folder.ts';
import { checkExportTarget } from '../model/files/export-target.ts';
import { writeModelCard } from '../model/files/model-card.ts';
import { openModelFolder } from '../model/files/model-folder.ts';
import { saveModel } from '../model/files/save-model.ts';
import { overwriteVariables, weightBytes } from '../model/files/variable-files.ts';
import { loadLanguageModel, loadValueModel } from '../model/load-model.ts';
import type { JobOf } from '../protocol.ts';
import type { Runtime } from '../runtime/types.ts';
import { verifyCheckpoint } from '../session/checkpoint/checkpoints.ts';
import { readRunStops } from '../session/run-stops.ts';
import { loadTokenizer } from '../tokenizer/files/load-tokenizer.ts';
import { eosEndsOf } from '../tokenizer/rows/response-ends.ts';
import { savedTokens } from '../tokenizer/saved-tokens.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { cardRecord } from './export/card-record.ts';
import { chatForm } from './export/chat-form.ts';
import { compareText } from './export/compare-text.ts';
import { planGgufExport, writeGgufExport } from './export/export-gguf.ts';
import { type Exported, replayExport, replayPrompts } from './export/replay-export.ts';
import { requireEqual } from './export/require-equal.ts';
import type { JobContext } from './job-context.ts';

type ExportJob = JobOf<'export'>;

/** Configuration, card, manifest and headers. */
const CARD_BYTES = 2 ** 20;

function load(runtime: Runtime, prefix: string, folder: string, { what, force }: ExportJob): Exported {
  const options = { allowBroken: force };
  if (what === 'policy') return loadLanguageModel(runtime.variables, prefix, folder, options);
  return loadValueModel(runtime.variables, prefix, folder, null, options);
}

/** The model to export: as in its folder, or with the weights of a checkpoint. */
function loadSource(runtime: Runtime, job: ExportJob): Exported {
  const { variables } = runtime;
  if (job.checkpoint === null) return load(runtime, 'source', job.source, job);
  verifyCheckpoint(job.checkpoint);
  const model = job.head
    ? loadValueModel(variables, 'source', job.source, { kind: job.head, seed: 0 })
    : load(runtime, 'source', job.source, job);
  overwriteVariables(join(job.checkpoint, `${job.what}.safetensors`), variables, job.what, 'source');
  return model;
}

function writeModel(
  runtime: Runtime,
  folder: string,
  { source, checkpoint }: ExportJob,
  model: Exported,
  tokenizer: Tokenizer,
): void {
  const { files, generationConfig } = openModelFolder(source);
  files.close();
  const responseEnds = checkpoint === null ? null : (readRunStops(dirname(checkpoint))?.ends ?? null);
  saveModel(folder, runtime.variables, 'source', model, {
    generationConfig,
    ...savedTokens(tokenizer),
    responseEnds: model.config.responseEnds ?? responseEnds,
  });
  for (const { name, bytes } of tokenizer.files) writeFileSync(join(folder, name), bytes);
}

/**
 * Writes an artifact as a Hugging Face folder with a model card, or as a GGUF file. What was written is opened again and a fixed set of
 * prompts is replayed on it before it receives its final name, so every folder that exists has passed.
 * Throws `export_target_…`, `export_not_written`, `export_differs` and whatever loading a model throws.
 */
export async function exportArtifact(job: ExportJob, { runtime, tell }: JobContext): Promise<void> {
  const { source, out, what } = job;
  checkExportTarget(source, out, job.force);
  const told = (phase: string, done: number) =>
    tell({ kind: 'progress', progress: { phase, done, total: 3, unit: 'parts' } });
  told('load', 0);
  const tokenizer = loadTokenizer(source);
  const model = loadSource(runtime, job);
  const tokenizerBytes = tokenizer.files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const gguf = job.format === 'gguf' ? planGgufExport(runtime, model, tokenizer, job) : null;
  const modelBytes = gguf?.bytes ?? weightBytes(runtime.variables, ['source']);
  const neededBytes = modelBytes + 2 * tokenizerBytes + CARD_BYTES;
  const write = (folder: string) => {
    told('write', 1);
    if (gguf) return writeGgufExport(folder, gguf, { runtime, model, tokenizer, job, told });
    writeModel(runtime, folder, job, model, tokenizer);
    told('replay', 2);
    const written = load(runtime, 'written', folder, job);
    const reopened = loadTokenizer(folder);
    const replay = replayExport(runtime, { source: model, written }, replayPrompts(reopened, model));
    const text = compareText(tokenizer, reopened);
    requireEqual(replay, text);
    const sizes = runtime.variables.names('source/').map((name) => runtime.variables.shape(name));
    const parameters = sizes.reduce((sum, shape) => sum + shape.reduce((product, axis) => product * axis, 1), 0);
    const record = cardRecord(job.record, runtime.device.tensorflowVersion);
    const chat = chatForm(reopened, written.config.responseEnds ?? eosEndsOf(reopened));
    const card = writeModelCard({ what, family: model.config.family, parameters, record, replay, chat });
    writeFileSync(join(folder, 'README.md'), card);
    return { replay, text, parameters };
  };
  const verified = await writeExport(out, job.force, write, neededBytes);
  tell({ kind: 'result', result: { folder: out, format: job.format, what, family: model.config.family, ...verified } });
}
