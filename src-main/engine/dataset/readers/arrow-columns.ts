import type * as arrow from 'apache-arrow';
import { isoDay, isoTime, textOfBytes } from './column-values.ts';

type Arrow = typeof arrow;

/** The value of a column at an index, as Python shows it. */
type ReadValue = (index: number) => unknown;

const MILLISECONDS_PER_DAY = 86_400_000n;

/** Ticks per second of Arrow's time units, in their order: seconds, milliseconds, microseconds, nanoseconds. */
const PER_SECOND = [1n, 1000n, 1_000_000n, 1_000_000_000n] as const;

function timeReader(data: arrow.Data): ReadValue {
  const values = data.values as BigInt64Array;
  const perSecond = PER_SECOND[(data.type as arrow.Timestamp).unit];
  // isoTime knows no whole seconds.
  if (perSecond === 1n) return (index) => isoTime((values[index] as bigint) * 1000n, 1000n);
  return (index) => isoTime(values[index] as bigint, perSecond);
}

function decimalReader(data: arrow.Data): ReadValue {
  const { scale } = data.type as arrow.Decimal;
  const words = data.values as Uint32Array;
  const { stride } = data;
  return (index) => {
    const own = words.subarray(index * stride, (index + 1) * stride);
    const whole = own.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n);
    return Number(`${BigInt.asIntN(32 * stride, whole)}e${-scale}`);
  };
}

/** Where the part of an index lies in `length` values. Throws RangeError for offsets of a damaged file. */
function partReader(data: arrow.Data, length: number): (index: number) => readonly [number, number] {
  const offsets = data.valueOffsets as Int32Array | BigInt64Array;
  return (index) => {
    const [start, end] = [Number(offsets[index]), Number(offsets[index + 1])];
    if (!(start >= 0 && start <= end && end <= length)) throw new RangeError('an offset lies outside its values');
    return [start, end];
  };
}

function bytesReader(data: arrow.Data): (index: number) => Uint8Array {
  const values = data.values as Uint8Array;
  const part = partReader(data, values.length);
  return (index) => values.subarray(...part(index));
}

/** Reads one chunk of a column. */
class ColumnReader {
  private readonly arrow: Arrow;

  constructor(arrow: Arrow) {
    this.arrow = arrow;
  }

  read(data: arrow.Data): ReadValue {
    const value = this.valid(data);
    return data.nullCount === 0 ? value : (index) => (data.getValid(index) ? value(index) : null);
  }

  private valid(data: arrow.Data): ReadValue {
    const { Type, Vector } = this.arrow;
    switch (data.typeId as arrow.Type) {
      case Type.Utf8:
      case Type.LargeUtf8: {
        // Arrow's own getter replaces bytes that are not text.
        const bytes = bytesReader(data);
        return (index) => textOfBytes(bytes(index));
      }
      case Type.Binary:
      case Type.LargeBinary:
        return bytesReader(data);
      case Type.List:
      case Type.LargeList:
      case Type.FixedSizeList:
        return this.list(data);
      case Type.Struct:
        return this.struct(data);
      case Type.Map:
        return this.map(data);
      case Type.Dictionary:
        return this.dictionary(data);
      case Type.Timestamp:
        return timeReader(data);
      case Type.Date: {
        const values = data.values as Int32Array | BigInt64Array;
        if (values instanceof Int32Array) return (index) => isoDay(values[index] as number);
        return (index) => isoDay(Number((values[index] as bigint) / MILLISECONDS_PER_DAY));
      }
      case Type.Decimal:
        return decimalReader(data);
      default: {
        const vector = new Vector([data]);
        return (index) => vector.get(index);
      }
    }
  }

  private list(data: arrow.Data): ReadValue {
    const child = data.children[0] as arrow.Data;
    const read = this.read(child);
    const size = (data.type as arrow.FixedSizeList).listSize;
    const isFixed = data.typeId === this.arrow.Type.FixedSizeList;
    const part = isFixed
      ? (index: number) => [index * size, (index + 1) * size] as const
      : partReader(data, child.length);
    return (index) => {
      const [start, end] = part(index);
      return Array.from({ length: end - start }, (_, at) => read(start + at));
    };
  }

  private struct(data: arrow.Data): ReadValue {
    const fields = data.type.children.map(({ name }, at) => ({
      name,
      read: this.read(data.children[at] as arrow.Data),
    }));
    return (index) => Object.fromEntries(fields.map(({ name, read }) => [name, read(index)]));
  }

  private map(data: arrow.Data): ReadValue {
    const entries = this.list(data);
    return (index) => Object.fromEntries((entries(index) as object[]).map((entry) => Object.values(entry)));
  }

  private dictionary(data: arrow.Data): ReadValue {
    const values = data.values as Int32Array;
    const chunks = (data.dictionary?.data ?? []).map((chunk) => ({ length: chunk.length, read: this.read(chunk) }));
    return (index) => {
      let at = Number(values[index]);
      for (const { length, read } of chunks) {
        if (at < length) return read(at);
        at -= length;
      }
      throw new RangeError('an index lies outside its dictionary');
    };
  }
}

/** The rows of a record batch, one at a time. */
export function* rowsOfBatch(arrow: Arrow, batch: arrow.RecordBatch): Generator<Record<string, unknown>> {
  // A stream without batches gives an empty one, whose columns lack their children.
  if (batch.numRows === 0) return;
  const reader = new ColumnReader(arrow);
  const columns = batch.schema.fields.map(({ name }, at) => ({
    name,
    read: reader.read(batch.data.children[at] as arrow.Data),
  }));
  for (let index = 0; index < batch.numRows; index++) {
    yield Object.fromEntries(columns.map(({ name, read }) => [name, read(index)]));
  }
}
