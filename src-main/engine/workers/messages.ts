import { z } from 'zod';

/**
 * What the engine and a group of workers say to each other: lines of JSON through two named pipes, one request and one
 * answer at a time. The requests are listed in resources/cluster/keel_torch/__init__.py.
 */

const array = z.object({
  dtype: z.enum(['float32', 'int32', 'bool']),
  shape: z.array(z.int().nonnegative()),
  /** Base64, row-major, little-endian; bool as one byte each. */
  data: z.string(),
});
export type SentArray = z.infer<typeof array>;

export const replySchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('opened'),
    workers: z.int().positive(),
    device: z.string(),
    versions: z.record(z.string(), z.string()),
  }),
  z.object({ kind: z.literal('done') }),
  z.object({ kind: z.literal('data'), data: z.string() }),
  z.object({
    kind: z.literal('outputs'),
    outputs: z.record(z.string(), array),
    folds: z.record(z.string(), z.enum(['sum', 'max', 'min'])).nullable(),
  }),
  z.object({ kind: z.literal('failed'), error: z.string() }),
]);
export type Reply = z.infer<typeof replySchema>;
export type ReplyOf<Kind extends Reply['kind']> = Extract<Reply, { kind: Kind }>;

export type WorkerRequest =
  | { readonly kind: 'open'; readonly recipe: string; readonly config: unknown }
  | {
      readonly kind: 'create';
      readonly name: string;
      readonly shape: readonly number[];
      readonly stored: string;
      /** Absent for zeros, and for more than is sent at once. */
      readonly data?: string;
    }
  | { readonly kind: 'write'; readonly name: string; readonly start: number; readonly data: string }
  | { readonly kind: 'read'; readonly name: string; readonly start: number; readonly count: number }
  | { readonly kind: 'remove'; readonly prefix: string }
  | { readonly kind: 'define'; readonly step: string; readonly plan: unknown }
  | { readonly kind: 'call'; readonly step: string; readonly inputs: Readonly<Record<string, SentArray>> };
