import { maskedCrc32c } from './crc32c.ts';
import { bytesField, doubleField, floatField, wholeField } from './protobuf.ts';

/**
 * Events as TensorBoard reads them: `tensorflow/core/util/event.proto`, `summary.proto`, and `tensor.proto`, from which
 * the numbers of the fields are.
 */

/** A scalar or a text of a step, by tag. */
export type TaggedValue =
  | { readonly tag: string; readonly scalar: number }
  /** Markdown, for the text tab. */
  | { readonly tag: string; readonly text: string };

const STRING_TYPE = 7;

/** `Summary.Value`. A scalar is a `simple_value`, the form that every reader of event files knows. */
function valueMessage(value: TaggedValue): Buffer {
  const tag = bytesField(1, value.tag);
  if ('scalar' in value) return Buffer.concat([tag, floatField(2, value.scalar)]);
  const shape = bytesField(2, wholeField(1, 1));
  const tensor = Buffer.concat([wholeField(1, STRING_TYPE), bytesField(2, shape), bytesField(8, value.text)]);
  const metadata = bytesField(1, bytesField(1, 'text'));
  return Buffer.concat([tag, bytesField(8, tensor), bytesField(9, metadata)]);
}

/** The first event of a file. @param seconds since 1970 */
export function versionEvent(seconds: number): Buffer {
  return Buffer.concat([doubleField(1, seconds), bytesField(3, 'brain.Event:2')]);
}

/** Values of one step. @param seconds since 1970 */
export function summaryEvent(seconds: number, step: number, values: readonly TaggedValue[]): Buffer {
  const summary = Buffer.concat(values.map((value) => bytesField(1, valueMessage(value))));
  // A field with its default value is not written.
  const stepField = step === 0 ? Buffer.alloc(0) : wholeField(2, step);
  return Buffer.concat([doubleField(1, seconds), stepField, bytesField(5, summary)]);
}

/** A TFRecord: length, masked CRC of the length, data, masked CRC of the data; numbers are little-endian. */
export function record(data: Uint8Array): Buffer {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(data.length));
  head.writeUInt32LE(maskedCrc32c(head.subarray(0, 8)), 8);
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(maskedCrc32c(data));
  return Buffer.concat([head, data, tail]);
}
