import { type Fault, KeelError } from '#contract/errors.ts';
import { mergeParts } from './bpe-model.ts';
import { isKnownPattern } from './split-patterns.ts';
import { flattenSteps, type ModelJson, type StepJson, type TokenizerJson } from './tokenizer-json.ts';

/** Far above any published vocabulary; keeps an absurd id from sizing an array. */
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
        why: `id ${id} belongs to ${JSON.stringify(ownerOfId.get(id))} and ${JSON.stringify(token)}`,
      });
    } else ownerOfId.set(id, token);
  };
  if (!Array.isArray(json.model.vocab)) {
    for (const [token, id] of Object.entries(json.model.vocab)) check(token, id, 'model.vocab');
  }
  for (const token of json.added_tokens) check(token.content, token.id, 'added_tokens');
  return faults;
}

function mergeFaults(model: ModelJson): Fault[] {
  if (!Array.isArray(model.merges)) return [{ where: 'model.merges', why: 'the merge rules are missing' }];
  return model.merges.flatMap((rule, index) => {
    const [left, right] = mergeParts(rule);
    const missing = [left, right, left + right].filter((token) => !Object.hasOwn(model.vocab, token));
    if (missing.length === 0) return [];
    const names = missing.map((token) => JSON.stringify(token)).join(', ');
    return [{ where: `model.merges[${index}]`, why: `names tokens that the vocabulary lacks: ${names}` }];
  });
}

function unsupportedFaults(model: ModelJson): Fault[] {
  const unsupported = ['dropout', 'end_of_word_suffix', 'continuing_subword_prefix'].filter((field) => model[field]);
  return unsupported.map((field) => ({
    where: `model.${field}`,
    why: `${JSON.stringify(model[field])} is not supported`,
  }));
}

function patternFaults(steps: readonly StepJson[], where: string): Fault[] {
  return steps.flatMap((step) => {
    const pattern = step.pattern;
    if (typeof pattern !== 'object' || pattern === null || !('Regex' in pattern)) return [];
    if (isKnownPattern(String(pattern.Regex))) return [];
    return [{ where, why: `the pattern ${JSON.stringify(pattern.Regex)} is not one that Keel knows to be safe` }];
  });
}

function byteLevelOrderFaults(steps: readonly StepJson[]): Fault[] {
  const index = steps.findIndex((step) => step.type === 'ByteLevel');
  if (index === -1 || index === steps.length - 1) return [];
  return [{ where: 'pre_tokenizer', why: 'a step follows ByteLevel, which has to be the last one' }];
}

/** Throws `tokenizer.invalid` with every fault found in a tokenizer file. */
export function checkTokenizerJson(json: TokenizerJson): void {
  const isBpe = (json.model.type ?? 'BPE') === 'BPE';
  const words = flattenSteps(json.pre_tokenizer, 'pretokenizers');
  const faults = [
    ...idFaults(json),
    ...(isBpe ? [...mergeFaults(json.model), ...unsupportedFaults(json.model)] : []),
    ...patternFaults(words, 'pre_tokenizer'),
    ...byteLevelOrderFaults(words),
    ...patternFaults(flattenSteps(json.normalizer, 'normalizers'), 'normalizer'),
    ...patternFaults(flattenSteps(json.decoder, 'decoders'), 'decoder'),
  ];
  if (faults.length === 0) return;
  const first = faults[0] as Fault;
  throw new KeelError({
    code: 'tokenizer.invalid',
    why: `The tokenizer cannot be used: ${first.where}: ${first.why}${faults.length > 1 ? ` (and ${faults.length - 1} more)` : ''}.`,
    fix: 'Use the tokenizer files that were published with the model.',
    faults: faults.slice(0, MAX_FAULTS),
  });
}

/** Throws `tokenizer.ids_exceed_rows` when the model has fewer embedding rows than the tokenizer has ids. */
export function checkTokenizerRows(tokenizer: { readonly vocabSize: number }, rows: number): void {
  if (tokenizer.vocabSize <= rows) return;
  throw new KeelError({
    code: 'tokenizer.ids_exceed_rows',
    why: `The tokenizer has ids up to ${tokenizer.vocabSize - 1}, the model's embedding only ${rows} rows.`,
    fix: 'Use the tokenizer that belongs to this model.',
  });
}
