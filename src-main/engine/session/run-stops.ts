import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { KeelError } from '#contract/errors.ts';
import { orDiskFull } from '../../disk/disk-full.ts';
import { writeTextAtomically } from '../model/safetensors/write-safetensors.ts';
import { eosEndsOf, responseEndsOf } from '../tokenizer/rows/response-ends.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { hasInputLedger } from './input-ledger.ts';

const FILE = 'stop-tokens.json';

const tokenId = z.int().nonnegative();
const runStopsSchema = z.object({
  /** Tokens that end a sampled response. */
  stopTokenIds: z.array(tokenId),
  /** How the responses of records end in rows. */
  ends: z.object({ append: tokenId, ids: z.array(tokenId) }),
  /** Whether stop strings are searched in the text with special tokens, or without. */
  stopStringsSee: z.enum(['special_tokens', 'text']),
});

/** The ends of responses in a run, which stay what they were when it first started. */
export type RunStops = Readonly<z.infer<typeof runStopsSchema>>;

/** What a run uses that starts now. */
export function currentStops(tokenizer: Tokenizer): RunStops {
  const { append, ids } = responseEndsOf(tokenizer);
  return {
    stopTokenIds: [...tokenizer.stopTokens.ids],
    ends: { append, ids: [...ids] },
    stopStringsSee: 'special_tokens',
  };
}

/**
 * What earlier versions used: tokenizer EOS and config.json only, and EOS after every response. Their runs must
 * continue with it.
 */
function formerStops(tokenizer: Tokenizer, eosTokenIds: readonly number[]): RunStops {
  const { append, ids } = eosEndsOf(tokenizer);
  const stopTokenIds = [...new Set([tokenizer.eosTokenId, ...eosTokenIds])];
  return { stopTokenIds, ends: { append, ids: [...ids] }, stopStringsSee: 'text' };
}

/** The stops recorded in a run's folder; null if there are none. Throws `stop_tokens_unreadable`. */
export function readRunStops(runFolder: string): RunStops | null {
  const path = join(runFolder, FILE);
  if (!existsSync(path)) return null;
  try {
    return runStopsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new KeelError({
      code: 'stop_tokens_unreadable',
      why: `${path}, which records the stop tokens of the run, could not be read.`,
      fix: 'Restore it from a copy of the run, or start a new run.',
      cause,
    });
  }
}

/**
 * The stops of a run: as recorded in its folder, or for a run that starts now those of its model, which are then
 * recorded. So a run resumes exactly, even if the files of its model have changed or an earlier version started it.
 * Call it before the data are loaded: a run with recorded data but without recorded stops is an earlier version's.
 * Throws `stop_tokens_unreadable`, `disk_full`.
 */
export function openRunStops(
  runFolder: string,
  { tokenizer, model }: { readonly tokenizer: Tokenizer; readonly model: { readonly config: ModelEnds } },
): RunStops {
  const recorded = readRunStops(runFolder);
  if (recorded) return recorded;
  const stops = hasInputLedger(runFolder) ? formerStops(tokenizer, model.config.eosTokenIds) : currentStops(tokenizer);
  const path = join(runFolder, FILE);
  orDiskFull('The stop tokens', path, () => writeTextAtomically(path, `${JSON.stringify(stops, null, 2)}\n`));
  return stops;
}

interface ModelEnds {
  readonly eosTokenIds: readonly number[];
}
