import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeelError } from '#contract/errors.ts';
import { decodeFloats, encodeFloats } from '#engine/model/safetensors/dtypes.ts';
import { openSafetensors } from '#engine/model/safetensors/open-safetensors.ts';
import { headerLength, parseHeader } from '#engine/model/safetensors/parse-header.ts';
import { openWeightFiles } from '#engine/model/safetensors/weight-files.ts';
import { writeSafetensors } from '#engine/model/safetensors/write-safetensors.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keel-safetensors-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const encode = (text: string) => new TextEncoder().encode(text);
const parse = (header: string, dataBytes: number) => parseHeader(encode(header), dataBytes, 'm.safetensors');

function refusal(action: () => unknown): KeelError {
  try {
    action();
  } catch (error) {
    if (error instanceof KeelError) return error;
    throw error;
  }
  throw new Error('It was accepted.');
}

function prefix(length: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  return bytes;
}

const entry = (dtype: string, shape: readonly unknown[], begin: unknown, end: unknown) =>
  `{"dtype":"${dtype}","shape":[${shape}],"data_offsets":[${begin},${end}]}`;

describe('header length', () => {
  it.each([0n, 1n, 93n, 2n ** 53n + 1n, 2n ** 64n - 1n, 100_000_001n])(
    'refuses %d in a file of 100 bytes',
    (length) => {
      expect(refusal(() => headerLength(prefix(length), 100, 'm')).code).toBe('safetensors_invalid');
    },
  );

  it.each([0, 7])('refuses a file of %d bytes', (size) => {
    const path = join(folder, 'short.safetensors');
    writeFileSync(path, new Uint8Array(size));
    expect(refusal(() => openSafetensors(path)).why).toContain('too few');
  });
});

describe('header', () => {
  it('accepts tensors of any order, empty ones, scalars and trailing spaces', () => {
    const text = `{"b":${entry('F32', [2], 4, 12)},"a":${entry('F32', [], 0, 4)},"e":${entry('I8', [0, 3], 4, 4)}}   `;
    const { tensors } = parse(text, 12);
    expect([...tensors.keys()]).toEqual(['b', 'a', 'e']);
    expect(tensors.get('a')).toEqual({ name: 'a', dtype: 'F32', shape: [], begin: 0, end: 4 });
  });

  it('takes names as plain keys, whatever they look like', () => {
    const text = `{"__proto__":${entry('U8', [1], 0, 1)},"../x":${entry('U8', [1], 1, 2)},"__metadata__":{"__proto__":"y"}}`;
    const { tensors, metadata } = parse(text, 2);
    expect([...tensors.keys()]).toEqual(['__proto__', '../x']);
    expect(metadata.get('__proto__')).toBe('y');
    expect(({} as Record<string, unknown>).dtype).toBeUndefined();
  });

  const a = (value: string) => `{"a":${value}}`;
  it.each<[string, string, number]>([
    ['no brace', ` {"a":${entry('U8', [1], 0, 1)}}`, 1],
    ['duplicate tensor', `{"a":${entry('U8', [1], 0, 1)},"a":${entry('U8', [1], 0, 1)}}`, 1],
    ['duplicate field', a('{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}'), 1],
    ['metadata of numbers', '{"__metadata__":{"n":1}}', 0],
    ['overlap', `{"a":${entry('U8', [2], 0, 2)},"b":${entry('U8', [2], 1, 3)}}`, 3],
    ['hole', `{"a":${entry('U8', [1], 0, 1)},"b":${entry('U8', [1], 2, 3)}}`, 3],
    ['hole at the start', a(entry('U8', [1], 1, 2)), 2],
    ['reversed offsets', a(entry('U8', [1], 1, 0)), 1],
    ['outside the file', a(entry('U8', [4], 0, 4)), 3],
    ['trailing bytes', a(entry('U8', [4], 0, 4)), 5],
    ['fraction', a(entry('U8', [1.5], 0, 1)), 1],
    ['fraction of zero', a(entry('U8', ['1.0'], 0, 1)), 1],
    ['exponent', a(entry('U8', ['1e0'], 0, 1)), 1],
    ['negative', a(entry('U8', [-1], 0, 1)), 1],
    ['product above 2^53', a(entry('U8', [2 ** 30, 2 ** 30, 2 ** 30], 0, 1)), 1],
    ['product that wraps to 0 in 64 bits', a(entry('U8', [2 ** 32, 2 ** 32], 0, 0)), 0],
    ['wrong size', a(entry('F32', [2], 0, 4)), 4],
    ['unknown dtype', a(entry('F33', [1], 0, 4)), 4],
    ['dtype of a prototype', a(entry('constructor', [1], 0, 1)), 1],
    ['missing shape', a('{"dtype":"U8","data_offsets":[0,1]}'), 1],
    ['three offsets', a('{"dtype":"U8","shape":[1],"data_offsets":[0,1,1]}'), 1],
    ['nesting', a('['.repeat(100_000)), 0],
    ['text after it', `${a(entry('U8', [1], 0, 1))} x`, 1],
    ['unclosed', '{"a":', 0],
    ['null', '{"a":null}', 0],
  ])('refuses %s', (_, text, dataBytes) => {
    expect(refusal(() => parse(text, dataBytes)).code).toBe('safetensors_invalid');
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(refusal(() => parseHeader(Uint8Array.of(0x7b, 0x22, 0xff, 0x22), 0, 'm')).why).toContain('UTF-8');
  });

  it('names the tensor', () => {
    expect(refusal(() => parse(a(entry('F33', [1], 0, 4)), 4)).why).toContain('"a"');
  });

  it('stops at 50,000 tensors', () => {
    const names = Array.from({ length: 50_001 }, (_, i) => `"t${i}":${entry('U8', [0], 0, 0)}`);
    expect(refusal(() => parse(`{${names}}`, 0)).why).toContain('50000');
    expect(parse(`{${names.slice(1)}}`, 0).tensors.size).toBe(50_000);
  });
});

const VALID = `{"__metadata__":{"format":"pt"},"w.a":${entry('F32', [2, 3], 0, 24)},"w.b":${entry('F16', [4], 24, 32)}}`;

describe('mutated headers', () => {
  const size = VALID.length;
  const mutation = fc.record({
    at: fc.nat(size),
    cut: fc.nat(6),
    put: fc.oneof(
      fc.string({ maxLength: 4 }),
      fc.constantFrom('0', '9', '-', '.', '"', '{', '}', '[', ']', ',', '1e9', '\\u'),
    ),
  });

  it('give a covering header or a KeelError, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
        const text = mutations.reduce((old, { at, cut, put }) => old.slice(0, at) + put + old.slice(at + cut), VALID);
        let header: ReturnType<typeof parse>;
        try {
          header = parse(text, 32);
        } catch (error) {
          return error instanceof KeelError && error.code === 'safetensors_invalid';
        }
        const total = [...header.tensors.values()].reduce((sum, { begin, end }) => sum + end - begin, 0);
        return total === 32;
      }),
      { numRuns: 3000, seed: 11 },
    );
  });

  it('give a KeelError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const path = join(folder, 'random.safetensors');
        writeFileSync(path, bytes);
        return refusal(() => openSafetensors(path)).code === 'safetensors_invalid';
      }),
      { numRuns: 200, seed: 12 },
    );
  });
});

describe('values', () => {
  it('reads float16 and bfloat16 exactly', () => {
    // 1, -2, largest half, smallest subnormal half, infinity.
    const half = decodeFloats('F16', new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x7bff, 1, 0x7c00).buffer));
    expect(Array.from(half)).toEqual([1, -2, 65504, 2 ** -24, Number.POSITIVE_INFINITY]);
    const brain = decodeFloats('BF16', new Uint8Array(Uint16Array.of(0x3f80, 0xc049, 0x7f80, 0x7fc0).buffer));
    expect(Array.from(brain)).toEqual([1, -3.140625, Number.POSITIVE_INFINITY, Number.NaN]);
  });

  it('rounds to nearest even in bfloat16', () => {
    // Between 1 and 1 + 2^-7: the middle goes to the even one, anything above it up.
    const bytes = encodeFloats(
      'BF16',
      Float32Array.of(1 + 2 ** -8, 1 + 2 ** -8 + 2 ** -20, 1 + 3 * 2 ** -8, Number.NaN),
    );
    const back = decodeFloats('BF16', Uint8Array.from(bytes));
    expect(Array.from(back)).toEqual([1, 1 + 2 ** -7, 1 + 2 ** -6, Number.NaN]);
  });

  it('reads what it wrote, bit by bit', () => {
    const shapes = fc.array(fc.array(fc.nat(5), { maxLength: 3 }), { maxLength: 6 });
    fc.assert(
      fc.property(shapes, fc.float(), (list, value) => {
        const path = join(folder, 'round.safetensors');
        const tensors = list.map((shape, i) => ({
          name: `t"${i}é`,
          shape,
          read: () => new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value),
        }));
        writeSafetensors(path, tensors, { metadata: { step: '3' } });
        const file = openSafetensors(path);
        const same = tensors.every(({ name, read }) =>
          Buffer.from(file.read(name).buffer).equals(Buffer.from(read().buffer)),
        );
        const marked = file.metadata.get('format') === 'pt' && file.metadata.get('step') === '3';
        file.close();
        return same && marked;
      }),
      { numRuns: 50, seed: 13 },
    );
  });

  it('leaves the old file and no other when writing fails', () => {
    const inside = join(folder, 'atomic');
    mkdirSync(inside);
    const path = join(inside, 'm.safetensors');
    const tensor = { name: 'a', shape: [2], read: () => Float32Array.of(1, 2) };
    writeSafetensors(path, [tensor]);
    expect(() => writeSafetensors(path, [tensor, { ...tensor, name: 'b', shape: [3] }])).toThrow('b has 2 values');
    expect(readdirSync(inside)).toEqual(['m.safetensors']);
    const file = openSafetensors(path);
    expect(file.read('a')).toEqual(Float32Array.of(1, 2));
    file.close();
  });

  it('refuses a file that is cut, changes while it is read, or is a pointer', () => {
    const path = join(folder, 'changing.safetensors');
    writeSafetensors(path, [{ name: 'a', shape: [4], read: () => new Float32Array(4) }]);
    const open = openSafetensors(path);
    appendFileSync(path, 'x');
    expect(refusal(() => open.read('a')).code).toBe('model_changed');
    open.close();
    truncateSync(path, 90);
    expect(refusal(() => openSafetensors(path)).why).toContain('truncated');
    writeFileSync(path, 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n');
    expect(refusal(() => openSafetensors(path)).code).toBe('model_lfs_pointer');
  });
});

describe('shards', () => {
  let serial = 0;
  function shardFolder(weightMap: Record<string, unknown>, shards: Record<string, readonly string[]>): string {
    serial += 1;
    const path = join(folder, `shards${serial}`);
    mkdirSync(path);
    writeFileSync(join(path, 'model.safetensors.index.json'), JSON.stringify({ weight_map: weightMap }));
    for (const [name, tensors] of Object.entries(shards)) {
      writeSafetensors(
        join(path, name),
        tensors.map((tensor) => ({ name: tensor, shape: [1], read: () => Float32Array.of(tensor.length) })),
      );
    }
    return path;
  }

  it('reads each tensor from its shard', () => {
    const files = openWeightFiles(
      shardFolder({ a: '1.safetensors', bb: '2.safetensors' }, { '1.safetensors': ['a'], '2.safetensors': ['bb'] }),
    );
    expect(files?.read('bb')).toEqual(Float32Array.of(2));
    files?.close();
  });

  it('lists all missing shards at once', () => {
    const path = shardFolder(
      { a: '1.safetensors', b: '2.safetensors', c: '3.safetensors' },
      { '2.safetensors': ['b'] },
    );
    const error = refusal(() => openWeightFiles(path));
    expect(error.code).toBe('model_shards');
    expect(error.faults?.map((fault) => fault.where)).toEqual(['1.safetensors', '3.safetensors']);
  });

  it.each(['../../etc/passwd', '/etc/passwd', 'a/../b', '..', '.', '', 'a\\b', 'a\0b'])(
    'refuses the shard name %j',
    (name) => {
      expect(refusal(() => openWeightFiles(shardFolder({ a: name }, {}))).code).toBe('model_shards');
    },
  );

  it('refuses a link that leads out, a folder, and takes a link within', () => {
    const path = shardFolder({ a: 'out.safetensors' }, { 'real.safetensors': ['a'] });
    symlinkSync(join(folder, 'atomic', 'm.safetensors'), join(path, 'out.safetensors'));
    expect(refusal(() => openWeightFiles(path)).why).toContain('points outside');
    const linked = shardFolder({ a: 'in.safetensors' }, { 'real.safetensors': ['a'] });
    symlinkSync('real.safetensors', join(linked, 'in.safetensors'));
    openWeightFiles(linked)?.close();
    const nested = shardFolder({ a: 'sub' }, {});
    mkdirSync(join(nested, 'sub'));
    expect(refusal(() => openWeightFiles(nested)).why).toContain('not a regular file');
  });

  it('refuses a tensor in two shards and an index that names an absent one', () => {
    const twice = shardFolder(
      { a: '1.safetensors', b: '2.safetensors' },
      { '1.safetensors': ['a'], '2.safetensors': ['a', 'b'] },
    );
    expect(refusal(() => openWeightFiles(twice)).why).toContain('both');
    const absent = shardFolder({ a: '1.safetensors', ghost: '1.safetensors' }, { '1.safetensors': ['a'] });
    expect(refusal(() => openWeightFiles(absent)).faults?.map((fault) => fault.where)).toEqual(['ghost']);
    expect(refusal(() => openWeightFiles(shardFolder({ a: 3 }, {}))).code).toBe('model_index_invalid');
  });
});
