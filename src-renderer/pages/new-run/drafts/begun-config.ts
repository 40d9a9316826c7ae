import type { Dataset } from '#contract/api/library/dataset-library.ts';
import type { DatasetReport } from '#contract/api/library/datasets.ts';
import { readDraft, recipeList, setInText, valueAt } from '#contract/config/index.ts';
import type { RecipeDescriptor } from '#contract/recipe-parts/descriptor.ts';
import { freshConfig, RECIPE_NOTES } from '../recipe-notes.ts';

type DatasetType = DatasetReport['format']['type'];

/** What rows of each type are; a recipe may accept others too. */
const ROWS: Readonly<Record<DatasetType, RecipeDescriptor['data']>> = {
  language_modeling: 'demonstrations',
  prompt_only: 'prompts',
  prompt_completion: 'demonstrations',
  preference: 'comparisons',
  preference_implicit_prompt: 'comparisons',
  unpaired_preference: 'demonstrations',
};

/** The first recipe that trains on such rows. */
const recipeFor = (rows: RecipeDescriptor['data']) => recipeList.find(({ data }) => data === rows)!.name;

/** The initial form content: the first method that samples its own responses. */
export const firstConfig = () => freshConfig(recipeFor('prompts'));

/** The config of a new run on a dataset: its method, its file, and its column mapping if there is one. */
export function configForDataset({ path, columns, summary }: Pick<Dataset, 'path' | 'columns' | 'summary'>): string {
  const method = recipeFor(ROWS[summary?.type as DatasetType] ?? 'prompts');
  const withFile = setInText(freshConfig(method), ['data', 'files'], [path]);
  return Object.keys(columns).length > 0 ? setInText(withFile, ['data', 'columns'], columns) : withFile;
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
