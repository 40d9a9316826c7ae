import type { ArtifactKind, RecipeDescriptor } from '../recipe-parts/descriptor.ts';
import type { Workload } from './predict-memory.ts';

type Method = Pick<RecipeDescriptor, 'kind' | 'data'> & { readonly artifacts: readonly ArtifactKind[] };

/** What a recipe computes, apart from numbers of rows and tokens. */
export function workOf({ kind, artifacts, data }: Method): Pick<Workload, 'kind' | 'hasCritic' | 'sequences'> {
  const supervised = artifacts[0] === 'reward_model' ? ('reward_model' as const) : ('sft' as const);
  return {
    kind: kind === 'online' ? 'online' : supervised,
    hasCritic: artifacts.includes('critic'),
    sequences: kind === 'supervised' && data === 'comparisons' ? 2 : 1,
  };
}

/** The workload of tables of what a machine can train. */
export const STATED = { rows: 4, prompt: 64, response: 32, rollouts: 8, r: 16 } as const;

/** The same in words. */
export const STATED_WORDS =
  `${STATED.rollouts} responses of ${STATED.prompt} + ${STATED.response} tokens, ${STATED.rows} rows in each pass, ` +
  `adapters of rank ${STATED.r} on all linear layers`;
