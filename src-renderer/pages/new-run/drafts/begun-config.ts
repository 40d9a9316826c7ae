import type { Dataset } from '#contract/api/library/dataset-library.ts';
import type { DatasetReport } from '#contract/api/library/datasets.ts';
import { readDraft, recipeList, setInText, valueAt } from '#contract/config/index.ts';
import type { RecipeDescriptor } from '#contract/recipe-parts/descriptor.ts';
import { freshConfig, RECIPE_NOTES } from '../recipe-notes.ts';

type DatasetType = DatasetReport['format']['type'];

/** What rows of each type are; a recipe may take others as well. */
const ROWS: Readonly<Record<DatasetType, RecipeDescriptor['data']>> = {
  language_modeling: 'demonstrations',
  prompt_only: 'prompts',
  prompt_completion: 'demonstrations',
  preference: 'comparisons',
  preference_implicit_prompt: 'comparisons',
  unpaired_preference: 'demonstrations',
};

/** The first recipe that learns from such rows. */
const recipeFor = (rows: RecipeDescriptor['data']) => recipeList.find(({ data }) => data === rows)!.name;

/** What a form begins with: the first method that samples its own responses. */
export const firstConfig = () => freshConfig(recipeFor('prompts'));

/** The config of a new run on a dataset: its method, its file, and its columns where they are called differently. */
export function configForDataset({ path, columns, summary }: Pick<Dataset, 'path' | 'columns' | 'summary'>): string {
  const method = recipeFor(ROWS[summary?.type as DatasetType] ?? 'prompts');
  const withFile = setInText(freshConfig(method), ['data', 'files'], [path]);
  return Object.keys(columns).length > 0 ? setInText(withFile, ['data', 'columns'], columns) : withFile;
}

/** True when somebody has written more than a form begins with. */
export function isTouched(text: string): boolean {
  return text.trim() !== '' && !RECIPE_NOTES.some(({ recipe }) => text.trim() === freshConfig(recipe).trim());
}

const fileName = (path: string) => path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;

/** What a config is of, for a list: method and the first file or model that it names. */
export function configWords(text: string): { readonly recipe: string | null; readonly of: string } {
  const { raw } = readDraft(text);
  const [file, name, model] = [['data', 'files', 0], ['name'], ['model']].map((path) => valueAt(raw, path));
  const of = [name, file, model].find((value) => typeof value === 'string') as string | undefined;
  return { recipe: typeof raw?.recipe === 'string' ? raw.recipe : null, of: of ? fileName(of) : '' };
}
