import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { Artifact, Detail } from '#contract/api/runs/run-records.ts';
import type { Run, StoredCheckpoint } from '#contract/api/runs/run-state.ts';
import { findRecipe } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import { checkpointFault } from '#engine/session/checkpoint/checkpoints.ts';
import type { ReadableDb } from '../../store/database.ts';
import { readConfig } from '../../store/queries/runs.ts';
import { locateReferences } from '../host/artifact-references.ts';

export const EXPORTED = ['policy', 'reward_model', 'critic'] as const;
export type Exported = (typeof EXPORTED)[number];

/** The kinds of models that a recipe's checkpoints contain. */
export function kindsInCheckpoint(recipe: string): readonly Exported[] {
  return findRecipe(recipe)?.artifacts ?? [];
}

/** The folder that provides the architecture, tokenizer, and chat template for a checkpoint's weights. */
export interface CheckpointSource {
  readonly source: string;
  readonly checkpoint: string;
  /** The head that the source lacks, or null if it has one. */
  readonly head: 'score' | 'value' | 'linear' | null;
}

function criticStart(config: Detail): string {
  const { init } = (config.critic ?? {}) as Detail;
  const { type, model } = (config.reward ?? {}) as Detail;
  if (init === 'reward_model' && type === 'model') return String(model);
  return init === 'policy' || init === undefined ? String(config.model) : String(init);
}

/** Finds the folder that completes a checkpoint's model: an artifact of the run, or the model that it started from. */
export function checkpointSource(
  db: ReadableDb,
  run: Run,
  what: Exported,
  checkpoint: StoredCheckpoint,
  artifacts: readonly Artifact[],
): CheckpointSource {
  const saved = artifacts.find(({ kind }) => kind === what);
  if (saved) return { source: saved.folder, checkpoint: checkpoint.folder, head: null };
  const config = readConfig(db, run.number).resolved;
  const reference = what === 'critic' ? criticStart(config) : String(config.model);
  const folder = locateReferences(db, { reference }).locations[reference] ?? reference;
  const source = isAbsolute(folder) ? folder : resolve(run.baseFolder, folder);
  const { head } = (config.critic ?? {}) as Detail;
  const heads = { policy: null, reward_model: 'score', critic: head === 'linear' ? 'linear' : 'value' } as const;
  return { source, checkpoint: checkpoint.folder, head: heads[what] };
}

/** Checks that the source still exists and is usable. Throws `artifact_missing`, `checkpoint_corrupt`. */
export function requireSource({
  source,
  checkpoint,
}: Partial<CheckpointSource> & Pick<CheckpointSource, 'source'>): void {
  const fault = checkpoint === undefined ? null : checkpointFault(checkpoint);
  if (fault !== null) {
    throw new KeelError({ code: 'checkpoint_corrupt', why: fault, fix: 'Export another checkpoint of the run.' });
  }
  if (existsSync(source)) return;
  throw new KeelError({
    code: 'artifact_missing',
    why: `The model folder ${source} no longer exists.`,
    fix: 'Export another checkpoint of the run, or restore the folder.',
  });
}
