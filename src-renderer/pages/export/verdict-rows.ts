import { z } from 'zod';

/** The parts of an export job's result that the page shows; older exports lack `text`. */
export const exportDetailSchema = z.object({
  family: z.string().optional(),
  parameters: z.number().optional(),
  replay: z.object({
    tensors: z.number(),
    equal_tensors: z.number(),
    prompts: z.number(),
    new_tokens: z.number(),
    identical_tokens: z.number(),
    max_abs_difference: z.number(),
  }),
  text: z
    .object({
      chat_template: z.enum(['equal', 'differs', 'none']),
      stop_tokens: z.array(z.string()),
      stop_tokens_equal: z.boolean(),
      tokenizer_files: z.number(),
      equal_tokenizer_files: z.number(),
    })
    .optional(),
});
export type ExportDetail = z.infer<typeof exportDetailSchema>;

export interface VerdictRow {
  readonly what: string;
  readonly found: string;
  readonly isEqual: boolean;
}

/** One row per comparison. */
export function verdictRows({ replay, text }: ExportDetail, number: (value: number) => string): readonly VerdictRow[] {
  const { tensors, equal_tensors, prompts, new_tokens, identical_tokens, max_abs_difference } = replay;
  const generated = {
    what: 'Identical tokens generated from the replayed prompts',
    found: `${identical_tokens} of ${new_tokens}`,
    isEqual: identical_tokens === new_tokens,
  };
  const rows: VerdictRow[] = [
    { what: 'Bit-identical tensors', found: `${equal_tensors} of ${tensors}`, isEqual: equal_tensors === tensors },
    {
      what: `Largest output difference on ${prompts} prompts`,
      found: number(max_abs_difference),
      isEqual: max_abs_difference === 0,
    },
    ...(new_tokens > 0 ? [generated] : []),
  ];
  if (!text) return rows;
  const template = text.chat_template === 'none' ? 'none in either' : text.chat_template;
  return [
    ...rows,
    { what: 'Chat template', found: template, isEqual: text.chat_template !== 'differs' },
    { what: 'Stop tokens', found: text.stop_tokens.join(' '), isEqual: text.stop_tokens_equal },
    {
      what: 'Identical tokenizer files',
      found: `${text.equal_tokenizer_files} of ${text.tokenizer_files}`,
      isEqual: text.equal_tokenizer_files === text.tokenizer_files,
    },
  ];
}
