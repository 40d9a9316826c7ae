import type { Model } from '#contract/api/library/model-library.ts';

export const SOURCE_WORDS: Readonly<Record<Model['source'], string>> = {
  starter: 'comes with Keel',
  linked: 'folder',
  copied: 'copy',
  downloaded: 'from the hub',
  artifact: 'made by a run',
  checkpoint: 'checkpoint',
};

/** What a model is for. */
export function kindWords(kind: Model['kind']): string {
  return kind === 'model' ? 'language model' : kind.replace('_', ' ');
}

/** The address of a model's page. */
export function modelAddress(reference: string) {
  return { path: '/models/look', query: { model: reference } };
}

/** True for what can be asked something; a reward model and a critic only give numbers. */
export function answersPrompts({ kind }: Model): boolean {
  return kind === 'policy' || kind === 'model' || kind === 'export';
}
