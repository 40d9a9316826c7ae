import { oc } from '@orpc/contract';
import { z } from 'zod';
import { anyNumberSchema as value } from '../../any-number.ts';
import { runIdSchema } from '../../ids.ts';
import { errors } from '../api-errors.ts';
import { runStepSchema } from '../runs/studies.ts';

export const verdictSchema = z.enum(['left', 'right', 'tie', 'skip']);
export type Verdict = z.infer<typeof verdictSchema>;

/** Two responses to one prompt, without their origin. */
export const blindPairSchema = z.object({
  position: z.int().nonnegative(),
  prompt: z.string(),
  left: z.string(),
  right: z.string(),
  verdict: verdictSchema.nullable(),
});
export type BlindPair = z.infer<typeof blindPairSchema>;

/** What the rater may see before the end. */
export const ratingSessionSchema = z.object({
  id: z.int().positive(),
  createdAt: z.int(),
  finishedAt: z.int().nullable(),
  pairs: z.int().nonnegative(),
  rated: z.int().nonnegative(),
  /** Pairs left out because both responses are identical. */
  identical: z.int().nonnegative(),
});
export type RatingSession = z.infer<typeof ratingSessionSchema>;

const sideSchema = z.object({ run: runIdSchema, name: z.string(), step: z.int().nonnegative() });

/** How often the rater preferred one side to another, with a 95% Wilson interval; a tie counts one half. */
export const ratingResultSchema = z.object({
  session: ratingSessionSchema,
  seed: z.int(),
  sides: z.array(sideSchema),
  outcomes: z.array(
    z.object({
      ours: z.int().nonnegative().describe('position in `sides`'),
      theirs: z.int().nonnegative(),
      share: value,
      n: z.int().nonnegative(),
      low: value,
      high: value,
      wins: z.int(),
      losses: z.int(),
      ties: z.int(),
      skipped: z.int(),
    }),
  ),
});
export type RatingResult = z.infer<typeof ratingResultSchema>;

const one = z.object({ session: z.int().positive() });
const procedure = oc.errors(errors);

/** Blind rating: which of two responses is better. A recorded seed determines the order and the sides. */
export const ratingsContract = {
  list: procedure.output(z.array(ratingSessionSchema)),
  start: procedure
    .input(
      z.object({
        sides: z.array(runStepSchema).min(2).max(8),
        seed: z.int().min(0).max(2_147_483_647),
        limit: z.int().positive().max(10_000).nullable().default(null),
      }),
    )
    .output(ratingSessionSchema),
  pairs: procedure.input(one).output(z.array(blindPairSchema)),
  /** A verdict can be changed until the session is finished. */
  rate: procedure
    .input(one.extend({ position: z.int().nonnegative(), verdict: verdictSchema.nullable() }))
    .output(ratingSessionSchema),
  /** Ends the rating and reveals the origin of the responses. */
  finish: procedure.input(one).output(ratingResultSchema),
  result: procedure.input(one).output(ratingResultSchema),
  /** Writes the decided pairs to the data folder as a preference dataset. */
  /** Writes the decided pairs as a preference dataset and adds it to the library. */
  exportPairs: procedure
    .input(one)
    .output(z.object({ file: z.string(), rows: z.int(), leftOut: z.int(), dataset: z.int().positive() })),
  remove: procedure.input(one).output(z.object({ removed: z.int() })),
};
