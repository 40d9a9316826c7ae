import type { Model } from '#contract/api/library/model-library.ts';

export const SOURCE_WORDS: Readonly<Record<Model['source'], string>> = {
  starter: 'included with Keel',
  linked: 'folder',
  copied: 'copy',
  downloaded: 'from the hub',
  artifact: 'from a run',
  checkpoint: 'checkpoint',
};

/** The display name of a model's kind. */
export function kindWords(kind: Model['kind']): string {
  return kind === 'model' ? 'language model' : kind.replace('_', ' ');
}

/** The address of a model's page. */
export function modelAddress(reference: string) {
  return { path: '/models/look', query: { model: reference } };
}

/** Whether the model can generate text; a reward model and a critic only output numbers. */
export function answersPrompts({ kind }: Pick<Model, 'kind'>): boolean {
  return kind === 'policy' || kind === 'model' || kind === 'export';
}
