import { z } from 'zod';
import { EXPORT_DTYPES } from '#contract/export-dtypes.ts';
import { formatCount } from '#contract/format.ts';

/** The parts of an export job's result that the page shows; older exports lack `text`. */
export const exportDetailSchema = z.object({
  family: z.string().optional(),
  parameters: z.number().optional(),
  /** Type of the weights in a Hugging Face folder. */
  dtype: z.enum(EXPORT_DTYPES).optional(),
  rounding: z.object({ values: z.number(), changed: z.number(), to_zero: z.number() }).optional(),
  /** Number of tensors by type, of a GGUF file. */
  types: z.record(z.string(), z.number()).optional(),
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
  /** `rounded`: different, as the chosen type of weights makes it. */
  readonly verdict: 'match' | 'rounded' | 'mismatch';
}

/** The type to which weights were rounded; null for none. */
function roundedAs({ dtype, types }: ExportDetail): string | null {
  if (dtype !== undefined) return dtype === 'float32' ? null : dtype;
  const stored = Object.keys(types ?? {}).filter((type) => type !== 'F32');
  return stored.length > 0 ? stored.join(', ') : null;
}

function roundingRow({ values, changed, to_zero }: NonNullable<ExportDetail['rounding']>): VerdictRow {
  const zero = to_zero > 0 ? `, ${formatCount(to_zero)} of them to 0` : '';
  return {
    what: 'Rounded weights',
    found: `${formatCount(changed)} of ${formatCount(values)}${zero}`,
    verdict: 'rounded',
  };
}

/** One row per comparison. */
export function verdictRows(detail: ExportDetail, number: (value: number) => string): readonly VerdictRow[] {
  const { replay, text, rounding } = detail;
  const rounded = roundedAs(detail);
  const match = (isEqual: boolean) => (isEqual ? 'match' : 'mismatch') as VerdictRow['verdict'];
  const output = (isEqual: boolean) => (isEqual || rounded === null ? match(isEqual) : 'rounded');
  const { tensors, equal_tensors, prompts, new_tokens, identical_tokens, max_abs_difference } = replay;
  const generated = {
    what: 'Identical tokens generated from the replayed prompts',
    found: `${identical_tokens} of ${new_tokens}`,
    verdict: output(identical_tokens === new_tokens),
  };
  const rows: VerdictRow[] = [
    {
      what:
        detail.dtype !== undefined && rounded !== null
          ? `Tensors equal to the run's as ${rounded}`
          : 'Bit-identical tensors',
      found: `${equal_tensors} of ${tensors}`,
      verdict: detail.dtype === undefined ? output(equal_tensors === tensors) : match(equal_tensors === tensors),
    },
    ...(rounding && rounding.changed > 0 ? [roundingRow(rounding)] : []),
    {
      what: `Largest output difference on ${prompts} prompts`,
      found: number(max_abs_difference),
      verdict: output(max_abs_difference === 0),
    },
    ...(new_tokens > 0 ? [generated] : []),
  ];
  if (!text) return rows;
  const template = text.chat_template === 'none' ? 'none in either' : text.chat_template;
  return [
    ...rows,
    { what: 'Chat template', found: template, verdict: match(text.chat_template !== 'differs') },
    { what: 'Stop tokens', found: text.stop_tokens.join(' '), verdict: match(text.stop_tokens_equal) },
    {
      what: 'Identical tokenizer files',
      found: `${text.equal_tokenizer_files} of ${text.tokenizer_files}`,
      verdict: match(text.equal_tokenizer_files === text.tokenizer_files),
    },
  ];
}
