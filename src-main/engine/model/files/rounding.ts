import { type Fault, KeelError } from '#contract/errors.ts';
import type { ExportDtype } from '#contract/export-dtypes.ts';
import { counted, formatCount } from '#contract/format.ts';
import type { Variables } from '../../runtime/types.ts';
import { decodeFloats, encodeFloats } from '../safetensors/dtypes.ts';
import { STORED_AS } from './save-model.ts';

/** What rounding to a type does to a model's weights. */
export interface Rounding {
  readonly values: number;
  /** Number of values that are different afterwards. */
  readonly changed: number;
  /** Number of those that become 0: their magnitude is below the type's smallest. */
  readonly to_zero: number;
}

/** Values as a type stores them, rounded to nearest even; the given ones for float32. */
export function roundedTo(dtype: ExportDtype, values: Float32Array): Float32Array {
  return dtype === 'float32' ? values : decodeFloats(STORED_AS[dtype], encodeFloats(STORED_AS[dtype], values));
}

/** Digits that tell a number from the type's largest. */
const number = (value: number) => String(Number(value.toPrecision(6)));

/** Counts over one tensor; `lost` are finite values that become infinite. */
function countTensor(values: Float32Array, rounded: Float32Array) {
  const found = { changed: 0, toZero: 0, lost: 0, largest: 0 };
  for (let index = 0; index < values.length; index++) {
    const [value, after] = [values[index]!, rounded[index]!];
    if (Object.is(value, after)) continue;
    found.changed += 1;
    if (after === 0) found.toZero += 1;
    if (Number.isFinite(value) && !Number.isFinite(after)) {
      found.lost += 1;
      found.largest = Math.max(found.largest, Math.abs(value));
    }
  }
  return found;
}

function exceeded(dtype: ExportDtype, faults: readonly Fault[], lost: number): KeelError {
  const listed = faults.slice(0, 5).map(({ where, why }) => `${where} ${why}`);
  const more = faults.length > listed.length ? `, and ${faults.length - listed.length} more tensors` : '';
  return new KeelError({
    code: 'weights_exceed_dtype',
    why: `${counted(lost, 'weight')} would become infinite as ${dtype}: ${listed.join('; ')}${more}.`,
    fix:
      dtype === 'float16' ? 'Choose bfloat16 or float32. Nothing was written.' : 'Choose float32. Nothing was written.',
    faults,
  });
}

/**
 * What rounding the variables below `<prefix>/` to a type changes, with one tensor in memory at a time.
 * @throws KeelError `weights_exceed_dtype` with every tensor that has finite values beyond the type's range.
 */
export function roundingOf(variables: Variables, prefix: string, dtype: ExportDtype): Rounding {
  const total = { values: 0, changed: 0, to_zero: 0 };
  const faults: Fault[] = [];
  let lost = 0;
  for (const name of variables.names(`${prefix}/`)) {
    const values = variables.read(name).data as Float32Array;
    total.values += values.length;
    if (dtype === 'float32') continue;
    const found = countTensor(values, roundedTo(dtype, values));
    total.changed += found.changed;
    total.to_zero += found.toZero;
    lost += found.lost;
    if (found.lost === 0) continue;
    const why = `has ${formatCount(found.lost)} of ${formatCount(values.length)} beyond ${dtype}'s range (up to ${number(found.largest)})`;
    faults.push({ where: name.slice(prefix.length + 1), why });
  }
  if (faults.length > 0) throw exceeded(dtype, faults, lost);
  return total;
}
