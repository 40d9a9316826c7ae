import { type Fault, KeelError } from '#contract/errors.ts';
import { hasEveryByte, mergeParts } from '../models/bpe-model.ts';
import { hexOfByte } from '../models/byte-tokens.ts';
import { stepFaults } from './check-steps.ts';
import { flattenSteps, type ModelJson, modelTypeOf, type TokenizerJson } from './tokenizer-json.ts';

/** Far above any published vocabulary; keeps an invalid id from determining an array's size. */
const MAX_ID = 2 ** 21;
const MAX_FAULTS = 20;

function idFaults(json: TokenizerJson): Fault[] {
  const faults: Fault[] = [];
  const ownerOfId = new Map<number, string>();
  const check = (token: string, id: unknown, where: string) => {
    const valid = typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < MAX_ID;
    if (!valid) faults.push({ where, why: `token ${JSON.stringify(token)} has the id ${String(id)}` });
    else if ((ownerOfId.get(id) ?? token) !== token) {
      faults.push({
        where,
        why: `id ${id} belongs to both ${JSON.stringify(ownerOfId.get(id))} and ${JSON.stringify(token)}`,
      });
    } else ownerOfId.set(id, token);
  };
  if (!Array.isArray(json.model.vocab)) {
    for (const [token, id] of Object.entries(json.model.vocab)) check(token, id, 'model.vocab');
  }
  for (const token of json.added_tokens) check(token.content, token.id, 'added_tokens');
  return faults;
}

/** Ids that the model assigns to its tokens. */
function modelIds({ vocab }: ModelJson): ReadonlyMap<string, number> {
  if (!Array.isArray(vocab)) return new Map(Object.entries(vocab));
  return new Map((vocab as readonly (readonly [string, number])[]).map(([token], id) => [token, id]));
}

/**
 * The Rust library ignores the ids of added tokens: a token of the model's vocabulary keeps its id there, and each
 * other token gets the next number after the vocabulary.
 */
function addedIdFaults(json: TokenizerJson, ids: ReadonlyMap<string, number>): Fault[] {
  const known = new Map(ids);
  let next = Array.isArray(json.model.vocab) ? json.model.vocab.length : ids.size;
  return json.added_tokens.flatMap(({ content, id }) => {
    const expected = known.get(content) ?? next++;
    known.set(content, expected);
    if (id === expected) return [];
    const why = `token ${JSON.stringify(content)} has the id ${id}, but Hugging Face's tokenizers assign it ${expected}`;
    return [{ where: 'added_tokens', why }];
  });
}

function mergeFaults(model: ModelJson): Fault[] {
  if (!Array.isArray(model.merges)) return [{ where: 'model.merges', why: 'the merge rules are missing' }];
  return model.merges.flatMap((rule: string | readonly string[], index) => {
    const where = `model.merges[${index}]`;
    if (typeof rule === 'string' && rule.split(' ').length !== 2) return [{ where, why: 'is not a pair of tokens' }];
    const [left, right] = mergeParts(rule);
    const missing = [left, right, left + right].filter((token) => !Object.hasOwn(model.vocab, token));
    if (missing.length === 0) return [];
    const names = missing.map((token) => JSON.stringify(token)).join(', ');
    return [{ where, why: `contains tokens that are not in the vocabulary: ${names}` }];
  });
}

/** Whether a text can contain a symbol for which the byte-pair model has no token. */
function meetsUnknown(json: TokenizerJson, ids: ReadonlyMap<string, number>): boolean {
  if (flattenSteps(json.pre_tokenizer, 'pretokenizers').at(-1)?.type === 'ByteLevel') return !hasEveryByte(ids);
  if (json.model.byte_fallback !== true) return true;
  return Array.from({ length: 256 }, (_, byte) => hexOfByte(byte)).some((token) => !ids.has(token));
}

function bpeFaults(json: TokenizerJson, ids: ReadonlyMap<string, number>): Fault[] {
  const { model } = json;
  const unsupported = ['dropout', 'end_of_word_suffix', 'continuing_subword_prefix'].filter((field) => model[field]);
  const unknown = model.unk_token;
  const isLost = typeof unknown === 'string' && !ids.has(unknown) && meetsUnknown(json, ids);
  return [
    ...mergeFaults(model),
    ...unsupported.map((field) => ({
      where: `model.${field}`,
      why: `${JSON.stringify(model[field])} is not supported`,
    })),
    ...(isLost ? [{ where: 'model.unk_token', why: `${JSON.stringify(unknown)} is not in the vocabulary` }] : []),
  ];
}

function wordModelFaults(model: ModelJson, ids: ReadonlyMap<string, number>, fields: readonly string[]): Fault[] {
  const missing = fields.filter((field) => model[field] === undefined);
  const faults = missing.map((field) => ({ where: `model.${field}`, why: 'is missing' }));
  if (typeof model.unk_token === 'string' && ids.has(model.unk_token)) return faults;
  const why = `${JSON.stringify(model.unk_token)} is not in the vocabulary`;
  return [...faults, { where: 'model.unk_token', why }];
}

function unigramFaults(model: ModelJson): Fault[] {
  if (!Array.isArray(model.vocab)) return [{ where: 'model.vocab', why: 'is not a list of tokens with scores' }];
  const entries: readonly unknown[] = model.vocab;
  const bad = entries.findIndex(
    (entry) => !(Array.isArray(entry) && typeof entry[0] === 'string' && Number.isFinite(entry[1])),
  );
  if (bad !== -1) return [{ where: `model.vocab[${bad}]`, why: 'is not a token with a score' }];
  const { unk_id: unknown } = model;
  if (Number.isInteger(unknown) && (unknown as number) >= 0 && (unknown as number) < entries.length) return [];
  return [{ where: 'model.unk_id', why: `${JSON.stringify(unknown ?? null)} is not an id of the vocabulary` }];
}

function modelFaults(json: TokenizerJson, ids: ReadonlyMap<string, number>): Fault[] {
  switch (modelTypeOf(json.model)) {
    case 'BPE':
      return bpeFaults(json, ids);
    case 'WordPiece':
      return wordModelFaults(json.model, ids, ['continuing_subword_prefix', 'max_input_chars_per_word']);
    case 'WordLevel':
      return wordModelFaults(json.model, ids, []);
    case 'Unigram':
      return unigramFaults(json.model);
    default:
      return [{ where: 'model.type', why: `the model ${JSON.stringify(json.model.type)} is not supported` }];
  }
}

/** Throws `tokenizer.invalid` with every problem found in a tokenizer file. */
export function checkTokenizerJson(json: TokenizerJson): void {
  const ids = modelIds(json.model);
  const unclear = idFaults(json);
  const broken = unclear.length > 0 ? unclear : addedIdFaults(json, ids);
  const faults = [...broken, ...modelFaults(json, ids), ...stepFaults(json)];
  if (faults.length === 0) return;
  const first = faults[0] as Fault;
  throw new KeelError({
    code: 'tokenizer.invalid',
    why: `The tokenizer cannot be used: ${first.where}: ${first.why}${faults.length > 1 ? ` (and ${faults.length - 1} more)` : ''}.`,
    fix:
      broken.length > 0
        ? 'Use the tokenizer files that were published with the model.'
        : 'Use the tokenizer files that were published with the model. If these already are, Keel does not support ' +
          'this tokenizer.',
    faults: faults.slice(0, MAX_FAULTS),
  });
}

/** Throws `tokenizer.ids_exceed_rows` if the model has fewer embedding rows than the tokenizer has ids. */
export function checkTokenizerRows(tokenizer: { readonly vocabSize: number }, rows: number): void {
  if (tokenizer.vocabSize <= rows) return;
  throw new KeelError({
    code: 'tokenizer.ids_exceed_rows',
    why: `The tokenizer has ids up to ${tokenizer.vocabSize - 1}, but the model's embedding has only ${rows} rows.`,
    fix: 'Use the tokenizer that was published with this model.',
  });
}
