import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { orDiskFull } from '../../../disk/disk-full.ts';
import type { LanguageModel } from '../../model/language-model.ts';
import { networkPlan } from '../../model/network-plan.ts';
import { openSafetensors } from '../../model/safetensors/open-safetensors.ts';
import { writeSafetensors } from '../../model/safetensors/write-safetensors.ts';
import type { PlacedModel } from '../../model/weights.ts';
import type { TokenRow } from '../../records.ts';
import type { Runtime, Step } from '../../runtime/types.ts';
import { sumOfTrained } from '../../update/losses/preference-statistics.ts';
import { StopAtCheckpoint } from '../checkpoint/stop-at-checkpoint.ts';
import type { RecipeContext } from '../context.ts';
import { type OpenedModel, openReference } from '../open-models.ts';
import { readRows } from './sequence-logprobs.ts';
import { nextTokenInputs } from './supervised-batches.ts';

const FILE = 'reference-logprobs.safetensors';
const TENSOR = 'logprobs';

/** How rows are read with the reference. */
export interface ReferencePass {
  /** Rows at once. */
  readonly size: number;
  readonly padTokenId: number;
  readonly maxLength: number;
  /** Folder or reference of the frozen model; null for the policy as it was loaded. */
  readonly reference: string | null;
}

/** Identifies rows by their ids and by what is trained of them. */
function hashOf(rows: readonly TokenRow[]): string {
  const hash = createHash('sha256');
  for (const { ids, trained } of rows) {
    hash.update(Int32Array.of(ids.length, ...ids));
    hash.update(Uint8Array.from(trained, Number));
  }
  return hash.digest('hex');
}

/** The log-probs that a run has kept, of the same rows; null if there are none. */
function kept(path: string, rows: string): Float32Array | null {
  if (!existsSync(path)) return null;
  const file = openSafetensors(path);
  try {
    return file.metadata.get('rows') === rows ? file.read(TENSOR) : null;
  } finally {
    file.close();
  }
}

/** A compiled pass: log-probs of the responses of at most `size` rows. Shape: rows to [b]. */
export function createLogpsPass(
  runtime: Runtime,
  name: string,
  model: PlacedModel<LanguageModel>,
  { size, padTokenId, maxLength }: Omit<ReferencePass, 'reference'>,
) {
  const inside: Step = (variables, inputs) => ({
    logps: sumOfTrained(readRows(model, variables.weights(), inputs).logprobs, inputs.trainedMask!),
  });
  const step = runtime.compile(name, inside, { plan: { kind: 'logps', policy: networkPlan(model) } });
  return (rows: readonly TokenRow[]) => {
    const { data } = step(nextTokenInputs(rows, size, padTokenId, maxLength, 'forward')).logps!;
    return data.subarray(0, rows.length) as Float32Array;
  };
}

type Context = Pick<RecipeContext<unknown>, 'runtime' | 'runFolder' | 'emit' | 'control' | 'locate'>;

/** Reads the wanted rows, longest first, so that rows of a batch are of similar length. */
async function readAll(
  { emit, control }: Context,
  rows: readonly TokenRow[],
  wanted: readonly number[],
  size: number,
  read: (rows: readonly TokenRow[]) => Float32Array,
): Promise<Float32Array> {
  const lengthOf = (index: number) => rows[index]!.ids.length;
  const byLength = [...wanted].sort((a, b) => lengthOf(b) - lengthOf(a) || a - b);
  const found = new Float32Array(rows.length).fill(Number.NaN);
  const work = { phase: 'reference log-probs', total: rows.length, unit: 'rows' };
  for (let start = 0; start < byLength.length; start += size) {
    emit.progress({ ...work, done: start });
    if (await control.stopRequested()) throw new StopAtCheckpoint();
    const batch = byLength.slice(start, start + size);
    const values = read(batch.map((index) => rows[index]!));
    batch.forEach((index, at) => {
      found[index] = values[at]!;
    });
  }
  emit.progress({ ...work, done: byLength.length });
  return found;
}

/**
 * Log π_ref of the response of each wanted row, NaN elsewhere: computed once, before the first update, so that a run
 * needs no second model in memory, and kept in the run's folder, so that it resumes with the same numbers. Call it
 * before a checkpoint is restored: without `reference`, the reference is the policy as it was loaded.
 * Throws `disk_full`, and what {@link openReference} throws.
 * @param wanted indices of rows, each once.
 */
export async function referenceLogprobs(
  context: Context,
  policy: OpenedModel<LanguageModel>,
  rows: readonly TokenRow[],
  wanted: readonly number[],
  pass: ReferencePass,
): Promise<Float32Array> {
  const path = join(context.runFolder, FILE);
  const hash = hashOf(rows);
  const before = kept(path, hash);
  if (before && wanted.every((index) => !Number.isNaN(before[index]!))) return before;
  const { runtime } = context;
  const weightsOf =
    pass.reference === null ? policy.weightsOf : openReference(context, policy, pass.reference, 'float32');
  const read = createLogpsPass(runtime, 'reference', { model: policy.model, weightsOf }, pass);
  const found = await readAll(context, rows, wanted, pass.size, read);
  runtime.variables.remove('reference/');
  const tensor = { name: TENSOR, shape: [rows.length], read: () => found };
  orDiskFull('The log-probs of the reference', path, () =>
    writeSafetensors(path, [tensor], { metadata: { rows: hash } }),
  );
  return found;
}
