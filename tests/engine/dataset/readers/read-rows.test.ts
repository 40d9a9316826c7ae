import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileKindOf } from '#engine/dataset/readers/file-kind.ts';
import { DEFAULT_LIMITS } from '#engine/dataset/readers/raw-rows.ts';
import { readRows } from '#engine/dataset/readers/read-rows.ts';
import { fixture, readAll, useFiles } from '../files.ts';

const file = useFiles();
const BYTE_ORDER_MARK = '\ufeff';
const code = (code: string) => expect.objectContaining({ code });

describe('JSON lines', () => {
  it('reads over a byte order mark, CRLF and blank lines, and counts lines', async () => {
    const path = file('a.jsonl', `${BYTE_ORDER_MARK}{"text":"one"}\r\n\r\n  \t\r\n{"text":"two"}\n{"text":"three"}`);
    expect(await readAll(path)).toEqual([
      { line: 1, text: 'one' },
      { line: 4, text: 'two' },
      { line: 5, text: 'three' },
    ]);
  });

  it('names the line and the reason of each bad row, and reads on', async () => {
    const bad = [
      Buffer.from('{"text":"ok"}\n'),
      Buffer.from('{"text":"\xff"}\n', 'latin1'),
      Buffer.from('{"text":"a","text":"b"}\n'),
      Buffer.from('{"text":\n'),
      Buffer.from('[1,2]\n"text"\nnull\n'),
      Buffer.from(`{"text":${'['.repeat(10_000)}${']'.repeat(10_000)}}\n`),
      Buffer.from(`{"text":"${'x'.repeat(2000)}"}\n`),
      Buffer.from('{"a":{"b":1,"b":2},"text":"\\"}{:","x":"y\\\\"}\n'),
      Buffer.from('{"text":"cut o'),
    ];
    expect(await readAll(file('bad.jsonl', Buffer.concat(bad)), { rowBytes: 25_000 })).toEqual([
      { line: 1, text: 'ok' },
      '2: bad_utf8',
      '3: duplicate_key',
      '4: bad_json',
      '5: no_object',
      '6: no_object',
      '7: no_object',
      '8: too_deep',
      { line: 9, text: 'x'.repeat(2000) },
      { line: 10, a: { b: 2 }, text: '"}{:', x: 'y\\' },
      '11: cut_off',
    ]);
  });

  it('skips a line above the limit without holding it', async () => {
    const path = file('long.jsonl', `{"text":"${'x'.repeat(500_000)}"}\n{"text":"next"}\n`);
    expect(await readAll(path, { rowBytes: 1000 })).toEqual(['1: too_long', { line: 2, text: 'next' }]);
  });

  it('lets no column touch a prototype', async () => {
    const [row] = await readAll(file('proto.jsonl', '{"__proto__":{"polluted":1},"constructor":2,"text":"x"}\n'));
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
    expect(Object.keys(row as object)).toContain('constructor');
  });

  it('keeps data out of its messages', async () => {
    const items: string[] = [];
    for await (const item of readRows(file('a.jsonl', '{"text": secret}\n'), { limits: DEFAULT_LIMITS }))
      items.push(JSON.stringify(item));
    expect(items.join()).toContain('bad_json');
    expect(items.join()).not.toContain('secret');
  });

  it('gives back any rows, however the file is cut into pieces', async () => {
    const value = fc.record({
      text: fc.string({ unit: 'binary' }),
      n: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { minLength: 1 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        async (rows, end, gzip) => {
          const text = rows.map((row) => JSON.stringify(row)).join(end);
          const path = file(gzip ? 'p.jsonl.gz' : 'p.jsonl', gzip ? gzipSync(text) : text);
          expect(await readAll(path)).toEqual(
            rows.map((row, index) => ({ line: index + 1, ...(JSON.parse(JSON.stringify(row)) as object) })),
          );
        },
      ),
      { numRuns: 40, seed: 1 },
    );
  });

  it('never throws on arbitrary bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        const items = await readAll(file('noise.jsonl', bytes));
        expect(items.length).toBeLessThanOrEqual(bytes.length + 1);
      }),
      { numRuns: 60, seed: 2 },
    );
  });
});

describe('JSON arrays', () => {
  it('reads elements one at a time with the line they start in', async () => {
    const path = file(
      'a.json',
      `${BYTE_ORDER_MARK}\n[\n  {"text": "a ] , [ \\" }"},\n\n  {"text": ["x", {"y": 1}]}\n]\n`,
    );
    expect(await readAll(path)).toEqual([
      { line: 3, text: 'a ] , [ " }' },
      { line: 5, text: ['x', { y: 1 }] },
    ]);
  });

  it('reads an empty list, and JSON lines under this ending', async () => {
    expect(await readAll(file('e.json', ' [ ] '))).toEqual([]);
    expect(await readAll(file('l.json', '{"text":"a"}\n{"text":"b"}\n'))).toEqual([
      { line: 1, text: 'a' },
      { line: 2, text: 'b' },
    ]);
  });

  it('names bad elements and a cut end', async () => {
    const path = file('b.json', `[{"text":1},nope,\n{"text":"${'x'.repeat(300)}"},{"text":"y"`);
    expect(await readAll(path, { rowBytes: 100 })).toEqual([
      { line: 1, text: 1 },
      '1: bad_json',
      '2: too_long',
      '2: cut_off',
    ]);
    expect(await readAll(file('c.json', '[{"text":1}\n,\n'))).toEqual([{ line: 1, text: 1 }, '1: cut_off']);
  });

  it('refuses what is no list', async () => {
    await expect(readAll(file('s.json', '"text"'))).rejects.toThrow(code('dataset.no_array'));
  });

  it('refuses an object with several lists, one that is not closed, and text after it', async () => {
    const open = (text: string) => readAll(file('o.json', text));
    const rows = '[{"prompt": "a"}]';
    const several = { code: 'dataset.several_lists', why: expect.stringContaining('"train", "test"') };
    await expect(open(`{"train": ${rows}, "test": ${rows}}`)).rejects.toThrow(expect.objectContaining(several));
    for (const text of [`\n{"data": [\n{"prompt": "cut`, `{"data":\n${rows}}\n{`, '{"data":\n[1, secret]}'])
      await expect(open(text)).rejects.toThrow(code('dataset.broken_json'));
    const error = await open('{"prompt":\n[1, secret]}').catch((error: unknown) => error);
    expect(String(error)).not.toContain('secret');
  });

  it('an object is JSON Lines if more lines follow, also after a bad one', async () => {
    expect(await readAll(file('a.json', '{"text":"a"},\n{"text":"b"}\n'))).toEqual([
      '1: bad_json',
      { line: 2, text: 'b' },
    ]);
    expect(await readAll(file('b.json', '\n{"text":"a"}\n'))).toEqual([{ line: 2, text: 'a' }]);
    expect(await readAll(file('c.json', Buffer.from('{"text":"\xff"}', 'latin1')))).toEqual(['1: bad_utf8']);
  });

  it('agrees with JSON.parse on any list of objects and any spacing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 5 }),
        fc.constantFrom(0, 1, 2),
        async (rows, indent) => {
          const items = await readAll(file('p.json', JSON.stringify(rows, null, indent)), { depth: 1000 });
          const plain = JSON.parse(JSON.stringify(items)) as object[]; // whole floats are boxed
          expect(plain.map((item) => Object.entries(item).filter(([key]) => key !== 'line'))).toEqual(
            (JSON.parse(JSON.stringify(rows)) as object[]).map((row) =>
              Object.entries(row).filter(([key]) => key !== 'line'),
            ),
          );
        },
      ),
      { numRuns: 60, seed: 3 },
    );
  });
});

describe('CSV', () => {
  it('reads quotes, line ends within fields, CRLF, a byte order mark and UTF-8', async () => {
    const path = file('a.csv', `${BYTE_ORDER_MARK}prompt,completion\r\n"Say ""hi"", now","a\nb"\r\n日本,\r\n\r\nx,y`);
    expect(await readAll(path)).toEqual([
      { line: 2, prompt: 'Say "hi", now', completion: 'a\nb' },
      { line: 4, prompt: '日本', completion: '' },
      { line: 6, prompt: 'x', completion: 'y' },
    ]);
  });

  it('names rows with another number of fields, bad UTF-8, an open quote and a doubled column', async () => {
    const path = file('b.csv', Buffer.from('a,b\n1\n1,2,3\n\xff,2\n3,4\n"open,1\n', 'latin1'));
    expect(await readAll(path)).toEqual([
      '2: field_count',
      '3: field_count',
      '4: bad_utf8',
      { line: 5, a: '3', b: '4' },
      '6: bad_csv',
    ]);
    expect(await readAll(file('c.csv', 'a,a\n1,2\n'))).toEqual(['1: bad_header']);
  });

  it('stops at a field above the limit', async () => {
    expect(await readAll(file('d.csv', `a\n${'x'.repeat(5000)}\n`), { rowBytes: 1000 })).toEqual(['2: too_long']);
  });

  it('gives back any text', async () => {
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const cell = fc.string({ unit: 'grapheme' }).map((text) => text.toWellFormed());
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { maxLength: 6 }), async (rows) => {
        const text = [['a', 'b'], ...rows].map((row) => row.map(quote).join(',')).join('\n');
        const items = (await readAll(file('p.csv', text))) as { a: string; b: string }[];
        expect(items.map(({ a, b }) => [a, b])).toEqual(rows);
      }),
      { numRuns: 60, seed: 4 },
    );
  });
});

describe('files of several pieces', () => {
  const PIECE = 256 * 1024;

  it('a surrogate pair of UTF-16 that is cut in two is one character', async () => {
    const text = `${'x'.repeat(PIECE / 2 - 2)}😀`;
    const bytes = Buffer.from(`${BYTE_ORDER_MARK}${text}`, 'utf16le');
    expect(bytes.readUInt16LE(PIECE - 2)).toBe(0xd83d);
    expect(await readAll(file('a.txt', bytes))).toEqual([{ line: 1, text }]);
    expect(await readAll(file('b.txt', bytes.subarray(0, -1)))).toEqual(['1: bad_utf8']);
    const wide = file('c.txt', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]));
    await expect(readAll(wide)).rejects.toThrow(code('dataset.encoding'));
  });

  it('a carriage return and the line feed after it end one line', async () => {
    const prompt = 'x'.repeat(PIECE - 1 - 'prompt\n'.length);
    const rows = await readAll(file('a.csv', `prompt\n${prompt}\r\ny`));
    expect(rows).toEqual([
      { line: 2, prompt },
      { line: 3, prompt: 'y' },
    ]);
  });
});

describe('plain text', () => {
  it('is cut at blank lines when there are some, else at lines', async () => {
    expect(await readAll(file('p.txt', '\none\ntwo\r\n\n\nthree\n'))).toEqual([
      { line: 2, text: 'one\ntwo' },
      { line: 6, text: 'three' },
    ]);
    expect(await readAll(file('l.txt', 'one\ntwo\nthree'))).toEqual([
      { line: 1, text: 'one' },
      { line: 2, text: 'two' },
      { line: 3, text: 'three' },
    ]);
  });

  it('names paragraphs above the limit and bad UTF-8', async () => {
    const path = file(
      'b.txt',
      Buffer.concat([Buffer.from('a\n\nb\n'), Buffer.from([0xff]), Buffer.from(`\n\n${'x\n'.repeat(60)}\nend`)]),
    );
    expect(await readAll(path, { rowBytes: 100 })).toEqual([
      { line: 1, text: 'a' },
      '3: bad_utf8',
      '6: too_long',
      { line: 67, text: 'end' },
    ]);
  });
});

describe('parquet', () => {
  it.each(['snappy', 'zstd', 'gzip', 'lz4', 'brotli', 'none'])('reads every row group (%s)', async (compression) => {
    const rows = await readAll(fixture(`pairs-${compression}.parquet`));
    expect(rows).toEqual(
      Array.from({ length: 10 }, (_, i) => {
        return { line: i + 1, prompt: `Question ${i}?`, chosen: `A good answer, ${i}. 日本`, rejected: `No ${i}.` };
      }),
    );
  });

  it('reads conversations and whole numbers', async () => {
    const rows = await readAll(fixture('talks.parquet'));
    expect(rows[2]).toEqual({
      line: 3,
      n: 2,
      messages: [
        { role: 'user', content: 'Hi 2' },
        { role: 'assistant', content: 'Hello 2' },
      ],
    });
    expect(rows[3]).toMatchObject({ line: 4, n: 3 });
  });

  it('refuses a page that unpacks out of proportion, a cut file and noise', async () => {
    await expect(readAll(fixture('dense.parquet'))).rejects.toThrow(code('dataset.broken_parquet'));
    await expect(readAll(file('noise.parquet', 'PAR1 nothing of the kind PAR1'))).rejects.toThrow(
      code('dataset.broken_parquet'),
    );
    await expect(readAll(file('empty.parquet', ''))).rejects.toThrow(code('dataset.broken_parquet'));
  });
});

describe('gzip', () => {
  it('is recognized by its bytes and may have several members', async () => {
    const path = file('a.jsonl', Buffer.concat([gzipSync('{"text":"a"}\n'), gzipSync('{"text":"b"}\n')]));
    expect(await readAll(path)).toEqual([
      { line: 1, text: 'a' },
      { line: 2, text: 'b' },
    ]);
  });

  it('refuses a cut or damaged file', async () => {
    const packed = gzipSync(JSON.stringify({ text: 'x'.repeat(1000) }));
    await expect(readAll(file('cut.jsonl.gz', packed.subarray(0, -12)))).rejects.toThrow(code('dataset.broken_gzip'));
    packed[14]! ^= 0xff;
    await expect(readAll(file('bad.jsonl.gz', packed))).rejects.toThrow(code('dataset.broken_gzip'));
  });

  it('refuses a bomb early', async () => {
    const path = file('bomb.txt.gz', gzipSync(Buffer.alloc(150 * 2 ** 20, `${'a'.repeat(1e6)}\n`)));
    await expect(readAll(path)).rejects.toThrow(code('dataset.suspicious_compression'));
  });
});

describe('Zstandard', () => {
  it('is recognized by its bytes; a damaged file and a bomb are refused', async () => {
    const text = '{"text":"a"}\n{"text":"b"}\n';
    expect(await readAll(file('a.jsonl.zst', zstdCompressSync(text)))).toHaveLength(2);
    expect(await readAll(file('a.csv.zst', zstdCompressSync('text\na\n')))).toEqual([{ line: 2, text: 'a' }]);
    const packed = zstdCompressSync(text.repeat(100));
    await expect(readAll(file('cut.jsonl.zst', packed.subarray(0, -8)))).rejects.toThrow(code('dataset.broken_zstd'));
    const bomb = zstdCompressSync(Buffer.alloc(150 * 2 ** 20, `${'a'.repeat(1e6)}\n`));
    await expect(readAll(file('bomb.txt', bomb))).rejects.toThrow(code('dataset.suspicious_compression'));
  });
});

describe('files', () => {
  it('are told apart by their ending', () => {
    const names = ['a.JSONL', 'a.ndjson.gz', 'x.y.json', 'a.csv.gz', 'a.tsv.zst', 'a.parquet', 'a.arrow', 'a.feather'];
    const kinds = ['jsonl', 'jsonl', 'json', 'csv', 'csv', 'parquet', 'arrow', 'arrow'];
    expect(names.map(fileKindOf)).toEqual(kinds);
    expect(fileKindOf('a.txt')).toBe('txt');
    for (const name of ['a', 'a.zip', 'a.parquet.gz', 'a.arrow.zst', 'jsonl'])
      expect(() => fileKindOf(`/tmp.d/${name}.x`.replace('.x', ''))).toThrow();
  });

  it('a folder is refused with the data files in it', async () => {
    const folder = file('saved.jsonl', '').replace('saved.jsonl', 'set.arrow');
    mkdirSync(join(folder, 'train'), { recursive: true });
    for (const name of ['dataset_dict.json', 'train/state.json', 'train/data-00000-of-00001.arrow'])
      writeFileSync(join(folder, name), '');
    const fix = expect.stringMatching(/^Name the files in it: \S+[\\/]train[\\/]data-00000-of-00001\.arrow\.$/);
    await expect(readAll(folder)).rejects.toThrow(expect.objectContaining({ code: 'dataset.missing_file', fix }));
  });

  it('have to exist and be regular', async () => {
    await expect(readAll('/nowhere/a.jsonl')).rejects.toThrow(code('dataset.missing_file'));
    await expect(readAll(file('x.jsonl', '').replace('x.jsonl', '.jsonl'))).rejects.toThrow(
      code('dataset.missing_file'),
    );
  });

  it('have to be readable', async () => {
    const error = { code: 'dataset.unreadable', why: expect.stringContaining('ENAMETOOLONG') };
    await expect(readAll(`/tmp/${'x'.repeat(300)}.jsonl`)).rejects.toThrow(expect.objectContaining(error));
  });

  it('are left within one piece when canceled', async () => {
    const path = file('big.jsonl', '{"text":"row"}\n'.repeat(100_000));
    const controller = new AbortController();
    let rows = 0;
    const reading = (async () => {
      for await (const _ of readRows(path, { limits: DEFAULT_LIMITS, signal: controller.signal })) {
        if (++rows === 10) controller.abort();
      }
    })();
    await expect(reading).rejects.toThrow(expect.objectContaining({ code: 'canceled', kind: 'canceled' }));
    expect(rows).toBeLessThan(40_000);
  });

  it('report how much was read', async () => {
    const path = file('a.jsonl', '{"text":"row"}\n'.repeat(50_000));
    const seen: number[] = [];
    for await (const _ of readRows(path, { limits: DEFAULT_LIMITS, onBytes: (bytes) => seen.push(bytes) }));
    expect(seen.at(-1)).toBe(15 * 50_000);
  });
});

it('holds one row and one piece of a large file, not the file', async () => {
  const line = `${JSON.stringify({ text: 'word '.repeat(2000) })}\n`;
  const path = file('large.jsonl', '');
  for (let part = 0; part < 16; part++) writeFileSync(path, line.repeat(400), { flag: 'a' });
  let most = 0;
  let rows = 0;
  const before = process.memoryUsage().rss;
  for await (const _ of readRows(path, { limits: DEFAULT_LIMITS })) {
    if (++rows % 500 === 0) most = Math.max(most, process.memoryUsage().rss - before);
  }
  expect(rows).toBe(6400);
  expect(most / 2 ** 20).toBeLessThan(200);
});
