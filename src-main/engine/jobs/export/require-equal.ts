import { KeelError } from '#contract/errors.ts';
import type { ExportDtype } from '#contract/export-dtypes.ts';
import type { ReplayReport } from '../../model/files/model-card.ts';
import { isSameText, type TextReport } from './compare-text.ts';

/**
 * Rejects an export that is not equal to its source, or to the source rounded to a type: outputs may differ then, but
 * no tensor. Throws `export_differs`.
 */
export function requireEqual(replay: ReplayReport, text: TextReport, dtype: ExportDtype = 'float32'): void {
  const { tensors, equal_tensors, new_tokens, identical_tokens, max_abs_difference } = replay;
  const isSameOutput = new_tokens === identical_tokens && max_abs_difference === 0;
  const isSameModel = tensors === equal_tensors && (isSameOutput || dtype !== 'float32');
  if (isSameModel && isSameText(text)) return;
  throw new KeelError({
    code: 'export_differs',
    why: `The written model differs from its source: ${equal_tensors} of ${tensors} tensors are equal, outputs differ by ${max_abs_difference}, ${isSameText(text) ? 'its tokenizer is equal' : 'its tokenizer or template differs'}.`,
    fix: 'Nothing was left behind. Check the disk and export again.',
  });
}
