import { statSync } from 'node:fs';
import { writeExport } from '../model/files/export-folder.ts';
import { checkNewFolder } from '../model/files/export-target.ts';
import type { JobOf } from '../protocol.ts';
import { trainByteLevelBpe } from '../tokenizer/bpe/train-byte-level-bpe.ts';
import type { JobContext } from './job-context.ts';
import { CHAT_ML } from './model-init/chat-ml.ts';
import { type Corpus, loadCorpus } from './model-init/corpus-texts.ts';
import { parseInitOptions } from './model-init/init-options.ts';
import { writeNewModel } from './model-init/write-model.ts';

const PHASES = ['corpus', 'tokenizer', 'weights'] as const;

function tellInputs({ files }: Corpus, tell: JobContext['tell']): void {
  for (const { file, contentHash, rows, skipped } of files) {
    tell({
      kind: 'input',
      input: { role: 'corpus', path: file, sha256: contentHash, bytes: statSync(file).size, rows, detail: { skipped } },
    });
  }
}

/**
 * Creates a new model: a byte-level BPE tokenizer trained on a corpus and random weights of the given shape, as a
 * Hugging Face folder. The same corpus, options and seed give the same files.
 * Throws `model_init_options_bad`, `export_target_…`, and whatever reading a dataset throws.
 */
export async function modelInit(job: JobOf<'model_init'>, { runtime, control, tell }: JobContext): Promise<void> {
  const options = parseInitOptions(job.options);
  checkNewFolder(job.out, options.force);
  const reached = async (done: number) => {
    const progress = { phase: PHASES[done] ?? 'done', done, total: PHASES.length, unit: 'parts' };
    tell({ kind: 'progress', progress });
    return (await control.boundary(done)).stop;
  };
  const stopped = () => tell({ kind: 'stopped', step: null });

  if (await reached(0)) return stopped();
  const corpus = await loadCorpus(options.corpus, options.columns);
  tellInputs(corpus, tell);
  if (await reached(1)) return stopped();
  const chat = options.chat ?? corpus.isConversational;
  const { vocab_size: vocabSize, context: modelMaxLength } = options;
  const trained = trainByteLevelBpe(corpus.texts, { vocabSize, modelMaxLength, ...(chat && CHAT_ML) });
  if (await reached(2)) return stopped();
  const made = await writeExport(job.out, options.force, (folder) => {
    return writeNewModel(folder, runtime.variables, trained, options);
  });
  tell({
    kind: 'result',
    result: {
      folder: job.out,
      family: options.family,
      parameters: made.parameters,
      vocab_size: made.vocabSize,
      chat_template: chat,
      corpus: corpus.files.map(({ file, contentHash, rows }) => ({ file, sha256: contentHash, rows })),
      seed: options.seed,
    },
  });
}
