import { oc } from '@orpc/contract';
import { z } from 'zod';
import { errors } from './api-errors.ts';

/** Unsaved input of a form; the host stores it, so that it can be continued in another window or browser. */
export const draftSchema = z.object({
  text: z.string().max(1_000_000),
  /** Milliseconds since 1970. */
  updatedAt: z.int(),
});
export type Draft = z.infer<typeof draftSchema>;

export const namedDraftSchema = draftSchema.extend({ name: z.string() });
export type NamedDraft = z.infer<typeof namedDraftSchema>;

const name = z.string().regex(/^[a-z0-9-]{1,64}$/, 'not a name of a form, such as new-run');
const procedure = oc.errors(errors);

export const draftsContract = {
  /** Drafts whose names begin with `prefix`, newest first. */
  list: procedure.input(z.object({ prefix: name })).output(z.array(namedDraftSchema)),
  get: procedure.input(z.object({ name })).output(draftSchema.nullable()),
  save: procedure.input(z.object({ name, text: draftSchema.shape.text })).output(draftSchema),
  remove: procedure.input(z.object({ name })).output(z.object({})),
};
