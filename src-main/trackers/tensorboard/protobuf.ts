/** The few kinds of protocol-buffer fields that events consist of; a message is the concatenation of its fields. */

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** A base-128 number, least significant group first. `value` is a whole number from 0 to 2^53. */
function varint(value: number): Buffer {
  const groups: number[] = [];
  let rest = value;
  while (rest >= 128) {
    groups.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...groups, rest]);
}

const tag = (field: number, wire: number) => varint(field * 8 + wire);

/** A field of the types int64 and enum. */
export function wholeField(field: number, value: number): Buffer {
  return Buffer.concat([tag(field, VARINT), varint(value)]);
}

export function doubleField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([tag(field, FIXED64), bytes]);
}

/** A 32-bit float; larger values become infinite. */
export function floatField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(Math.fround(value));
  return Buffer.concat([tag(field, FIXED32), bytes]);
}

/** A text, bytes, or a message. */
export function bytesField(field: number, value: Uint8Array | string): Buffer {
  const bytes = Buffer.from(value as Uint8Array);
  return Buffer.concat([tag(field, BYTES), varint(bytes.length), bytes]);
}
