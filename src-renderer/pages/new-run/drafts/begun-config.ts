import type { Dataset } from '#contract/api/library/dataset-library.ts';
import { readDraft, recipeList, setInText, valueAt } from '#contract/config/index.ts';
import { rowsOfType } from '#contract/dataset-uses.ts';
import { freshConfig, RECIPE_NOTES } from '../recipe-notes.ts';

/** The first recipe that trains on such rows. */
const recipeFor = (rows: ReturnType<typeof rowsOfType>) => recipeList.find(({ data }) => data === rows)!.name;

/** The method that a dataset of a type is made for. */
export const methodForType = (type: string): string => recipeFor(rowsOfType(type));

/** The initial form content: the first method that samples its own responses. */
export const firstConfig = () => freshConfig(recipeFor('prompts'));

/** The config of a new run on a dataset: its method, its file, and its column mapping if there is one. */
export function configForDataset(
  { path, columns, summary }: Pick<Dataset, 'path' | 'columns' | 'summary'>,
  recipe: string | null,
): string {
  const method = recipe ?? recipeFor(rowsOfType(summary?.type));
  const withFile = setInText(freshConfig(method), ['data', 'files'], [path]);
  return Object.keys(columns).length > 0 ? setInText(withFile, ['data', 'columns'], columns) : withFile;
}

/** The config of a run that trains a model; SFT, which any model can begin with, unless a method is named. */
export function configForModel(model: string, recipe: string | null): string {
  return setInText(freshConfig(recipe ?? recipeFor('demonstrations')), ['model'], model);
}

/** The config of a run against a reward model, from the model that the reward model itself started from. */
export function configForReward(rewardModel: string, start: string | null, recipe: string | null): string {
  const fresh = freshConfig(recipe ?? recipeFor('prompts'));
  const begun = start === null ? fresh : setInText(fresh, ['model'], start);
  return setInText(begun, ['reward'], { type: 'model', model: rewardModel });
}

/** Whether the text differs from a form's initial text. */
export function isTouched(text: string): boolean {
  return text.trim() !== '' && !RECIPE_NOTES.some(({ recipe }) => text.trim() === freshConfig(recipe).trim());
}

const fileName = (path: string) => path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;

/** A short description of a config for lists: its method, and its name, first file, or model. */
export function configWords(text: string): { readonly recipe: string | null; readonly of: string } {
  const { raw } = readDraft(text);
  const [file, name, model] = [['data', 'files', 0], ['name'], ['model']].map((path) => valueAt(raw, path));
  const of = [name, file, model].find((value) => typeof value === 'string') as string | undefined;
  return { recipe: typeof raw?.recipe === 'string' ? raw.recipe : null, of: of ? fileName(of) : '' };
}
