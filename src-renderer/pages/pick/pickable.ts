import type { Dataset, StarterDataset } from '#contract/api/library/dataset-library.ts';
import type { Model } from '#contract/api/library/model-library.ts';
import { readsType } from '#contract/dataset-uses.ts';
import { formatNumber, formatSize } from '../../parts/words/format-number.ts';
import { formatShortDateTime } from '../../parts/words/format-time.ts';
import { typeWords } from '../datasets/data-kinds.ts';
import { answersPrompts, kindWords, SOURCE_WORDS } from '../models/model-words.ts';

/** Something that a field can refer to, as a list shows it. */
export interface Pickable {
  /** What is written into the field. */
  readonly reference: string;
  readonly title: string;
  /** What it is. */
  readonly kind: string;
  /** Where it comes from, how large it is, and when it was made. */
  readonly note: string;
  /** Heading in the list. */
  readonly group: string;
  /** Milliseconds since 1970; null if unknown. */
  readonly at: number | null;
  /** Set if its file or folder does not exist. */
  readonly isMissing: boolean;
  /** TRL's type of a dataset; null for models, and for datasets that were not checked yet. */
  readonly type: string | null;
}

/** What a field that names a model is for. */
export type ModelUse = 'policy' | 'reward_model' | 'critic' | 'any' | 'prompted';

const GROUP_OF: Readonly<Record<Model['source'], string>> = {
  artifact: 'From runs',
  checkpoint: 'Checkpoints',
  linked: 'Added',
  copied: 'Added',
  downloaded: 'Added',
  starter: 'Included with Keel',
};
const OTHER_METHOD = 'For other methods';
const GROUPS = ['This pipeline', 'From runs', 'Added', 'Library', 'Included with Keel', 'Checkpoints', OTHER_METHOD];

/** Whether a model can be used for something. Checkpoints can be prompted, but a config refers to saved models only. */
function fitsUse(model: Model, use: ModelUse): boolean {
  if (use === 'prompted') return answersPrompts(model);
  if (model.source === 'checkpoint' || model.kind === 'export') return false;
  if (use === 'any') return true;
  if (use === 'policy') return answersPrompts(model);
  return model.kind === 'reward_model' || (use === 'critic' && (model.kind === 'critic' || answersPrompts(model)));
}

const joined = (parts: readonly (string | null | false)[]) => parts.filter(Boolean).join(' · ');

function modelPickable(model: Model): Pickable {
  const { reference, name, kind, tag, source, bytes, origin, at, exists, family } = model;
  const state = source === 'checkpoint' ? `step ${tag}` : tag;
  const where = source === 'artifact' || source === 'checkpoint' ? model.run : (origin ?? SOURCE_WORDS[source]);
  return {
    reference,
    title: name,
    kind: joined([source === 'checkpoint' ? 'checkpoint' : kindWords(kind), state, model.adapter && 'adapter']),
    note: joined([
      exists ? formatSize(bytes) : 'folder missing',
      family,
      where,
      at !== null && formatShortDateTime(at),
    ]),
    group: GROUP_OF[source],
    at,
    isMissing: !exists,
    type: null,
  };
}

/** By group, and the newest first within each. */
function ordered(list: readonly Pickable[]): readonly Pickable[] {
  const place = ({ group }: Pickable) => GROUPS.indexOf(group);
  return [...list].sort((one, other) => place(one) - place(other) || (other.at ?? 0) - (one.at ?? 0));
}

/** The models that a field can use, and those that the stages before it will make. */
export function pickableModels(models: readonly Model[], use: ModelUse): readonly Pickable[] {
  return ordered(models.filter((model) => fitsUse(model, use)).map(modelPickable));
}

/** The models that earlier stages of the same pipeline will have made, if the field can use them. */
export function pickableStages(made: readonly { readonly stage: string; readonly kind: string }[], use: ModelUse) {
  const fits = (kind: string) =>
    use === 'critic' || use === 'any' || (use === 'reward_model') === (kind === 'reward_model');
  return made
    .filter(({ kind }) => fits(kind) && (kind !== 'critic' || use === 'critic'))
    .map(({ stage, kind }): Pickable => {
      const reference = `stage:${stage}/${kind}`;
      const words = kind.replaceAll('_', ' ');
      const own = { reference, title: stage.replaceAll('_', ' '), kind: words, note: 'made by this pipeline' };
      return { ...own, group: 'This pipeline', at: null, isMissing: false, type: null };
    });
}

/** The datasets of the library and those included with Keel; those that another method is for come last. */
export function pickableDatasets(
  datasets: readonly Dataset[],
  starter: readonly StarterDataset[],
  rows: Parameters<typeof readsType>[0] | null,
): readonly Pickable[] {
  const fits = (type: string | null) => rows === null || type === null || readsType(rows, type);
  const known = new Set(datasets.map(({ path }) => path));
  const own = datasets.map(({ path, name, summary, versions, addedAt, state }): Pickable => {
    const type = summary?.type ?? null;
    const count = summary && `${formatNumber(summary.good, 9)} rows`;
    const size = state === 'missing' ? 'file missing' : formatSize(versions[0]?.bytes);
    const kind = type === null ? 'not checked yet' : typeWords(type);
    const note = joined([count, size, formatShortDateTime(addedAt)]);
    const group = fits(type) ? 'Library' : OTHER_METHOD;
    return { reference: path, title: name, kind, note, group, at: addedAt, isMissing: state === 'missing', type };
  });
  const included = starter
    .filter(({ path }) => !known.has(path))
    .map(({ path, name, type, rows: count, bytes }) => {
      const note = joined([`${formatNumber(count, 9)} rows`, formatSize(bytes)]);
      const group = fits(type) ? 'Included with Keel' : OTHER_METHOD;
      const title = name.replace(/\.jsonl\.gz$/, '');
      return { reference: path, title, kind: typeWords(type), note, group, at: null, isMissing: false, type };
    });
  return ordered([...own, ...included]);
}

/** Those in which every word occurs; the ones whose title is or begins with the search come first. */
export function searchPickables(list: readonly Pickable[], search: string): readonly Pickable[] {
  const wanted = search.trim().toLowerCase();
  const words = wanted.split(/\s+/).filter(Boolean);
  const text = ({ title, kind, note, reference }: Pickable) => `${title} ${kind} ${note} ${reference}`.toLowerCase();
  const rank = ({ title }: Pickable) =>
    title.toLowerCase() === wanted ? 0 : title.toLowerCase().startsWith(wanted) ? 1 : 2;
  const found = list.filter((one) => words.every((word) => text(one).includes(word)));
  return words.length === 0 ? found : found.sort((one, other) => rank(one) - rank(other));
}

/** Consecutive entries of one group, under its name. */
export function grouped(list: readonly Pickable[]): readonly (readonly [string, readonly Pickable[]])[] {
  return [...Map.groupBy(list, ({ group }) => group)];
}

/** The last part of a path, for a value that is in no list. */
export function pathTitle(path: string): string {
  return path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;
}
