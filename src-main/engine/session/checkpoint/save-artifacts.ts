import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeExactJson } from '#contract/exact-json.ts';
import { isDiskFull } from '../../../disk/disk-full.ts';
import { writtenBase } from '../../adapter-base.ts';
import { saveAdapter } from '../../model/adapters/save-adapter.ts';
import type { ModelConfig } from '../../model/config/model-config.ts';
import { saveGenerationConfig, saveModel } from '../../model/files/save-model.ts';
import { weightBytes } from '../../model/files/variable-files.ts';
import { writeWholeFolder } from '../../model/files/whole-folder.ts';
import type { LanguageModel } from '../../model/language-model.ts';
import type { ValueModel } from '../../model/value-model.ts';
import { savedTokens } from '../../tokenizer/saved-tokens.ts';
import type { Artifact, Control, Detail, RecipeContext } from '../context.ts';
import type { OpenedModel } from '../open-models.ts';
import { StopAtCheckpoint } from './stop-at-checkpoint.ts';

/** A model that a recipe produces. */
export interface Finished {
  readonly kind: 'policy' | 'critic' | 'reward_model';
  readonly opened: OpenedModel<LanguageModel> | OpenedModel<ValueModel>;
  readonly detail: Detail;
  /** For a reward model: how the responses ended that it was trained on. */
  readonly responseEnds?: ModelConfig['responseEnds'];
}

type SaveContext = Pick<RecipeContext<unknown>, 'runtime' | 'runFolder' | 'emit' | 'runId'> & {
  readonly control: Pick<Control, 'settle' | 'untilWritten'>;
};

async function saveOne(context: SaveContext, finished: Finished, tag: string, folder: string): Promise<Artifact> {
  const { runtime } = context;
  const { opened, kind } = finished;
  const { tokenizer, generationConfig, prefix, model } = opened;
  await writeWholeFolder(folder, (partial) => {
    const options = { generationConfig, ...savedTokens(tokenizer), responseEnds: finished.responseEnds ?? null };
    const { adapted } = opened;
    if (adapted) {
      const base = writtenBase(adapted.base.folder, folder, context.runFolder);
      saveAdapter(partial, runtime.variables, prefix, {
        ...adapted,
        ...model,
        base,
        responseEnds: options.responseEnds,
      });
      saveGenerationConfig(partial, model, options);
    } else saveModel(partial, runtime.variables, prefix, model, options);
    for (const file of tokenizer.files) writeFileSync(join(partial, file.name), file.bytes);
    writeFileSync(
      join(partial, 'keel.json'),
      `${writeExactJson({ runId: context.runId, kind, tag, ...finished.detail })}\n`,
    );
  });
  return { kind, tag, folder, detail: { ...finished.detail } };
}

/** Bytes for tokenizer, configuration and headers, in addition to the weights. */
const TOKENIZER_BYTES = 32 * 2 ** 20;

/**
 * Saves every model in its current state, as a Hugging Face folder with its tokenizer, and reports each. Waits while
 * the disk is full. Throws {@link StopAtCheckpoint} if the run is stopped while it waits.
 */
export async function saveArtifacts(context: SaveContext, all: readonly Finished[], tag = 'last'): Promise<void> {
  const { control, emit, runtime, runFolder } = context;
  await control.settle();
  for (const finished of all) {
    const { kind, opened } = finished;
    const folder = join(runFolder, 'artifacts', tag === 'last' ? kind : `${kind}@${tag}`);
    const neededBytes = weightBytes(runtime.variables, [opened.prefix]) + TOKENIZER_BYTES;
    const write = () => saveOne(context, finished, tag, folder);
    const artifact = await control.untilWritten({ path: folder, neededBytes }, write).catch((error: unknown) => {
      throw isDiskFull(error) ? new StopAtCheckpoint() : error;
    });
    emit.artifact(artifact);
  }
}
