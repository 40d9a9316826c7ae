import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import type { GgufExportType } from '#contract/gguf-types.ts';
import type { ReplayReport } from '../../model/files/model-card.ts';
import { type PlannedGguf, planGguf } from '../../model/files/save-gguf.ts';
import { weightBytes } from '../../model/files/variable-files.ts';
import { loadLanguageModel } from '../../model/load-model.ts';
import type { JobOf } from '../../protocol.ts';
import type { Runtime } from '../../runtime/types.ts';
import { loadTokenizer } from '../../tokenizer/files/load-tokenizer.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import type { TextReport } from './compare-text.ts';
import { modelfile } from './modelfile.ts';
import { type Exported, REPLAY_PROMPTS, replayExport, replayPrompts } from './replay-export.ts';
import { requireEqual } from './require-equal.ts';

type ExportJob = JobOf<'export'>;

/** Name of the file in its folder. */
const ggufFileName = (type: GgufExportType) => `model-${type}.gguf`;

function tokenizerJson({ files }: Tokenizer): Record<string, unknown> {
  const bytes = files.find(({ name }) => name === 'tokenizer.json')?.bytes;
  return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
}

/** Whether the tokenizer puts BOS before a text. */
function startsWithBos(tokenizer: Tokenizer): boolean {
  const { bosTokenId } = tokenizer;
  if (bosTokenId === null || tokenizer.encode('a', { addSpecialTokens: 'prefix' })[0] !== bosTokenId) return false;
  return tokenizer.encode('a', { addSpecialTokens: false })[0] !== bosTokenId;
}

/** Plans the file of an exported policy. @throws KeelError `gguf_unsupported`. */
export function planGgufExport(
  { variables }: Runtime,
  model: Exported,
  tokenizer: Tokenizer,
  { type, record }: Pick<ExportJob, 'type' | 'record'>,
): PlannedGguf {
  if ('values' in model) {
    throw new KeelError({
      code: 'gguf_unsupported',
      why: 'GGUF files hold language models; this model returns a number instead.',
      fix: 'Export the policy, or export this model as hf.',
    });
  }
  const { bosTokenId, eosTokenId, padTokenId, padSource, chatTemplate, stopTokens } = tokenizer;
  const { turnEndId } = stopTokens;
  const written = {
    json: tokenizerJson(tokenizer),
    chatTemplate,
    bosTokenId,
    eosTokenId,
    padTokenId: padSource === 'declared' ? padTokenId : null,
    turnEndId: turnEndId === eosTokenId ? null : turnEndId,
    addsBos: startsWithBos(tokenizer),
  };
  const name = typeof record.name === 'string' && record.name !== '' ? record.name : model.config.family;
  return planGguf(variables, 'source', model, written, { type, name });
}

const TEXTS = [...REPLAY_PROMPTS, 'In 1984, 365 days: 3.14 and ½', "I'll say it's\n\n  indented\ttext é 日本 👍"];

/** Compares the tokenizer that a file stands for with the one that was written. */
function compareGgufText(before: Tokenizer, after: Tokenizer): TextReport {
  const ids = (tokenizer: Tokenizer) => TEXTS.map((text) => tokenizer.encode(text).join());
  const stops = (tokenizer: Tokenizer) => tokenizer.stopTokens.ids.toSorted((one, other) => one - other);
  const [own, other] = [ids(before), ids(after)];
  const isSameTemplate = before.chatTemplate === after.chatTemplate;
  return {
    chat_template: before.chatTemplate === null && isSameTemplate ? 'none' : isSameTemplate ? 'equal' : 'differs',
    stop_tokens: stops(after).map((id) => after.tokenOfId(id) ?? String(id)),
    stop_tokens_equal: stops(after).join() === stops(before).join(),
    tokenizer_files: 1,
    equal_tokenizer_files: own.every((text, index) => text === other[index]) ? 1 : 0,
  };
}

export interface Written {
  readonly runtime: Runtime;
  readonly model: Exported;
  readonly tokenizer: Tokenizer;
  readonly job: ExportJob;
  readonly told: (phase: string, done: number) => void;
}

/**
 * Writes the file into an empty folder, opens it again, and replays the fixed prompts on it. As F32 it must be equal to
 * its source; in other types, the report tells how far it differs, but its tokenizer must be equal.
 * Throws `export_differs`, `weights_exceed_half`.
 */
export function writeGgufExport(folder: string, plan: PlannedGguf, { runtime, model, tokenizer, job, told }: Written) {
  const file = ggufFileName(job.type);
  plan.write(join(folder, file));
  const ollama = modelfile(file, tokenizer, startsWithBos(tokenizer));
  writeFileSync(join(folder, 'Modelfile'), ollama.text);
  told('replay', 2);
  const written = loadLanguageModel(runtime.variables, 'written', join(folder, file), {
    allowBroken: job.allowNonFinite,
  });
  const reopened = loadTokenizer(join(folder, file));
  const replay = replayExport(runtime, { source: model, written }, replayPrompts(reopened, model));
  const text = compareGgufText(tokenizer, reopened);
  requireEqual(job.type === 'F32' ? replay : asEqual(replay), text);
  const parameters = weightBytes(runtime.variables, ['source']) / 4;
  return { replay, text, parameters, file, types: plan.types, remarks: [...plan.remarks, ...ollama.remarks] };
}

/** Rounded weights differ; only what does not depend on rounding is required to be equal. */
export function asEqual(replay: ReplayReport): ReplayReport {
  return { ...replay, equal_tensors: replay.tensors, identical_tokens: replay.new_tokens, max_abs_difference: 0 };
}
