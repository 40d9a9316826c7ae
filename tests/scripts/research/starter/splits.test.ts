import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { detectFormat } from '#engine/dataset/detect-type.ts';
import { DEFAULT_LIMITS } from '#engine/dataset/readers/raw-rows.ts';
import { scenarioKey } from '../../../../scripts/research/starter/scenario.ts';
import { SPLITS, toLines, writeSplit } from '../../../../scripts/research/starter/splits.ts';

const folder = new URL('../../../../resources/starter/', import.meta.url);
const stored = (name: string): string => gunzipSync(readFileSync(new URL(`${name}.jsonl.gz`, folder))).toString('utf8');
const manifest = JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8')) as Record<
  string,
  { type: string; records: number; sha256: string }
>;
const names = Object.keys(SPLITS);

/** Parts of a reply whose wording is fixed, letters and all: anything else is a template that was not filled. */
const PLAIN_TEXT = /^ [A-Z][A-Za-z ,.!?-]*[.!?]$/;

describe.each(names)('%s', (name) => {
  test('the stored text has the type, hash, and count of the manifest', async () => {
    const text = stored(name);
    const sha256 = createHash('sha256').update(text).digest('hex');
    const { type } = await detectFormat(
      fileURLToPath(new URL(`${name}.jsonl.gz`, folder)),
      {},
      { limits: DEFAULT_LIMITS },
    );
    expect({ type, records: text.split('\n').length - 1, sha256 }).toEqual(manifest[name]);
  });

  test('the generator writes the first records again, byte for byte', () => {
    expect(stored(name).startsWith(toLines(writeSplit(name, 150)))).toBe(true);
  });
});

test('no two splits share a name, product and issue, nor a prompt', () => {
  const owners = new Map<string, string>();
  const shared: string[] = [];
  for (const name of names) {
    for (const { record, scenario } of writeSplit(name)) {
      for (const key of [record.prompt, scenarioKey(scenario)]) {
        if ((owners.get(key) ?? name) !== name) shared.push(key);
        owners.set(key, name);
      }
    }
  }
  expect(shared).toEqual([]);
});

test('every text is plain sentences: capitals after full stops, no leftovers of a template', () => {
  const odd: string[] = [];
  for (const name of ['sft', 'preference-held-out']) {
    for (const { record } of writeSplit(name, 500)) {
      if (!/^Customer: [A-Z][A-Za-z ,.!?'-]*\nSupport:$/.test(record.prompt)) odd.push(record.prompt);
      for (const reply of [record.completion, record.chosen, record.rejected]) {
        if (reply === undefined) continue;
        if (!PLAIN_TEXT.test(reply) || / {2}|[.!?] [a-z]| [.,!?]|\b(\w+) \1\b/.test(reply)) odd.push(reply);
      }
    }
  }
  expect(odd).toEqual([]);
});
