import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipMember {
  readonly name: string;
  readonly content: string | Buffer;
  readonly stored?: boolean;
}

const SATURATED = 0xffffffff;

/** Sizes and place in the 64-bit form, as archivers write them for entries above 4 GB. */
function wideExtra(size: number, packedSize: number, offset: number | null): Buffer {
  const values = offset === null ? [size, packedSize] : [size, packedSize, offset];
  const extra = Buffer.alloc(4 + 8 * values.length);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(8 * values.length, 2);
  for (const [index, value] of values.entries()) extra.writeBigUInt64LE(BigInt(value), 4 + 8 * index);
  return extra;
}

/** The 30 or 46 bytes that stand before an entry's data or in the directory, without name and extra field. */
function header(
  central: boolean,
  fields: { method: number; crc: number; packed: number; size: number; name: number; extra: number; offset: number },
): Buffer {
  const bytes = Buffer.alloc(central ? 46 : 30);
  const shift = central ? 2 : 0;
  bytes.writeUInt32LE(central ? 0x02014b50 : 0x04034b50, 0);
  bytes.writeUInt16LE(20, 4 + shift);
  bytes.writeUInt16LE(fields.method, 8 + shift);
  bytes.writeUInt32LE(fields.crc, 14 + shift);
  bytes.writeUInt32LE(fields.packed, 18 + shift);
  bytes.writeUInt32LE(fields.size, 22 + shift);
  bytes.writeUInt16LE(fields.name, 26 + shift);
  bytes.writeUInt16LE(fields.extra, 28 + shift);
  if (central) bytes.writeUInt32LE(fields.offset, 42);
  return bytes;
}

function endRecords(count: number, length: number, offset: number, wide: boolean): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(wide ? SATURATED : length, 12);
  end.writeUInt32LE(wide ? SATURATED : offset, 16);
  if (!wide) return end;
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(length), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + length), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator, end]);
}

/** A zip file of the given members; `wide` writes it the zip64 way. */
export function makeZip(members: readonly ZipMember[], { wide = false } = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const content = Buffer.from(member.content);
    const data = member.stored ? content : deflateRawSync(content);
    const name = Buffer.from(member.name);
    const common = { method: member.stored ? 0 : 8, crc: crc32(content), name: name.length };
    const sizes = wide ? { packed: SATURATED, size: SATURATED } : { packed: data.length, size: content.length };
    const extra = wide ? wideExtra(content.length, data.length, offset) : Buffer.alloc(0);
    const localExtra = wide ? wideExtra(content.length, data.length, null) : Buffer.alloc(0);
    directory.push(
      header(true, { ...common, ...sizes, extra: extra.length, offset: wide ? SATURATED : offset }),
      name,
      extra,
    );
    parts.push(header(false, { ...common, ...sizes, extra: localExtra.length, offset: 0 }), name, localExtra, data);
    offset = parts.reduce((sum, part) => sum + part.length, 0);
  }
  const tail = Buffer.concat(directory);
  return Buffer.concat([...parts, tail, endRecords(members.length, tail.length, offset, wide)]);
}
