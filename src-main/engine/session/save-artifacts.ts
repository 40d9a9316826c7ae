import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeExactJson } from '#contract/exact-json.ts';
import type { LanguageModel } from '../model/language-model.ts';
import { saveModel } from '../model/save-model.ts';
import type { ValueModel } from '../model/value-model.ts';
import { writeWholeFolder } from '../model/whole-folder.ts';
import type { Artifact, Detail, RecipeContext } from './context.ts';
import type { OpenedModel } from './open-models.ts';

/** A model that a recipe leaves behind. */
export interface Finished {
  readonly kind: 'policy' | 'critic' | 'reward_model';
  readonly opened: OpenedModel<LanguageModel> | OpenedModel<ValueModel>;
  readonly detail: Detail;
}

type SaveContext = Pick<RecipeContext<unknown>, 'runtime' | 'runFolder' | 'emit' | 'runId'>;

async function saveOne(context: SaveContext, finished: Finished, moment: string): Promise<Artifact> {
  const { runtime, runFolder } = context;
  const { opened, kind } = finished;
  const folder = join(runFolder, 'artifacts', moment === 'last' ? kind : `${kind}@${moment}`);
  const { tokenizer, generationConfig, prefix, model } = opened;
  await writeWholeFolder(folder, (partial) => {
    saveModel(partial, runtime.variables, prefix, model, { generationConfig, padTokenId: tokenizer.padTokenId });
    for (const file of tokenizer.files) writeFileSync(join(partial, file.name), file.bytes);
    writeFileSync(
      join(partial, 'keel.json'),
      `${writeExactJson({ runId: context.runId, kind, moment, ...finished.detail })}\n`,
    );
  });
  return { kind, moment, folder, detail: { ...finished.detail } };
}

/** Saves every model as it is now, as a Hugging Face folder with its tokenizer, and tells of each. */
export async function saveArtifacts(context: SaveContext, all: readonly Finished[], moment = 'last'): Promise<void> {
  for (const finished of all) context.emit.artifact(await saveOne(context, finished, moment));
}
