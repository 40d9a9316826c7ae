import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ModelConfig } from '#engine/model/config/model-config.ts';
import { parseModelConfig } from '#engine/model/config/parse-config.ts';

interface Case {
  readonly given: Readonly<Record<string, unknown>>;
  /** What transformers makes of it, with every setting. */
  readonly full: Readonly<Record<string, unknown>>;
}

/** Settings that are left out, or spelled as before transformers 5; see tests/golden/make_defaults.py. */
const cases = JSON.parse(readFileSync(join(import.meta.dirname, '../../golden/defaults.json'), 'utf8')) as Case[];

/** Keel takes token ids from files only: transformers' defaults for them belong to one published tokenizer. */
function network(raw: Readonly<Record<string, unknown>>): Partial<ModelConfig> {
  const { raw: _, bosTokenId, eosTokenIds, padTokenId, ...rest } = parseModelConfig(raw);
  return rest;
}

it.each(cases.map((one) => [JSON.stringify(one.given), one] as const))('%s', (_, { given, full }) => {
  expect(network(given)).toEqual(network(full));
});
