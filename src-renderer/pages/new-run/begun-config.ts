import type { Dataset } from '#contract/api/dataset-library.ts';
import type { DatasetReport } from '#contract/api/datasets.ts';
import { readDraft, setInText, valueAt } from '#contract/config/index.ts';
import { freshConfig, RECIPE_NOTES } from './recipe-notes.ts';

type DatasetType = DatasetReport['format']['type'];

/** The method that a dataset of a type is there for; others may take it as well. */
const METHODS: Readonly<Record<DatasetType, string>> = {
  language_modeling: 'sft',
  prompt_only: 'apa',
  prompt_completion: 'sft',
  preference: 'reward-model',
  preference_implicit_prompt: 'reward-model',
  unpaired_preference: 'sft',
};

/** The config of a new run on a dataset: its method, its file, and its columns where they are called differently. */
export function configForDataset({ path, columns, summary }: Pick<Dataset, 'path' | 'columns' | 'summary'>): string {
  const method = METHODS[summary?.type as DatasetType] ?? 'apa';
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
