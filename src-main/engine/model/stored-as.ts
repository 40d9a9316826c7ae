import type { StoredDtype } from '../runtime/stored/stored-dtype.ts';
import type { Parameter } from './parameters.ts';

/**
 * The storage type of one weight of a frozen model. `int8` and `nf4` are for the matrices of layers: embedding and
 * output matrix are kept as bfloat16, as in QLoRA, and vectors in float32, since they take no room.
 */
export function storedAs({ shape, layer }: Parameter, stored: StoredDtype): StoredDtype {
  if (stored === 'float32' || stored === 'float16') return stored;
  if (shape.length < 2) return 'float32';
  return layer === undefined ? 'bfloat16' : stored;
}
