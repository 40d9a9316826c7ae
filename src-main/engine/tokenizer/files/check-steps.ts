import type { Fault } from '#contract/errors.ts';
import { DECODERS } from '../steps/decode-steps.ts';
import { makeStep, type StepMakers } from '../steps/made-step.ts';
import { NORMALIZERS } from '../steps/normalize-steps.ts';
import { PRE_TOKENIZERS } from '../steps/split-steps.ts';
import { flattenSteps, isNormalized, type StepJson, type TokenizerJson } from './tokenizer-json.ts';

function refusals<T>(steps: readonly StepJson[], makers: StepMakers<T>, where: string): Fault[] {
  return steps.flatMap((step) => {
    const result = makeStep(step, makers);
    return 'refused' in result ? [{ where, why: result.refused }] : [];
  });
}

/** Whether a normalizer keeps the first character of the text in first place. */
function keepsStart(step: StepJson): boolean {
  if (['NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase', 'Prepend'].includes(step.type)) return true;
  const { String: pattern } = (step.pattern ?? {}) as { readonly String?: string };
  return step.type === 'Replace' && pattern !== undefined && [...pattern].length === 1 && step.content !== '';
}

/**
 * `Metaspace` with `prepend_scheme: first` depends on a word's position in the original text. That is known as long as
 * no earlier step moves or removes the beginning.
 */
function metaspaceFaults(json: TokenizerJson, normalizers: readonly StepJson[], words: readonly StepJson[]): Fault[] {
  const index = words.findIndex((step) => step.type === 'Metaspace' && step.prepend_scheme === 'first');
  if (index === -1) return [];
  const before = 'the step "Metaspace" with prepend_scheme "first" is not supported after';
  const faults: string[] = [];
  if (index > 0) faults.push(`${before} ${JSON.stringify(words[index - 1]?.type)}`);
  const mover = normalizers.find((step) => !keepsStart(step));
  if (mover !== undefined) faults.push(`${before} the normalizer ${JSON.stringify(mover.type)}`);
  else if (normalizers.length > 0 && json.added_tokens.some(isNormalized)) {
    faults.push(`${before} a normalizer when added tokens are normalized`);
  }
  return faults.map((why) => ({ where: 'pre_tokenizer', why }));
}

const PROCESSORS: StepMakers<null> = {
  ByteLevel: () => ({ made: null }),
  BertProcessing: (step) => classifier(step),
  RobertaProcessing: (step) => classifier(step),
  TemplateProcessing: ({ single }) => {
    const pieces = Array.isArray(single) ? (single as readonly { readonly Sequence?: unknown }[]) : [];
    const texts = pieces.filter((piece) => piece.Sequence !== undefined);
    return texts.length === 1 ? { made: null } : { refused: 'its template does not contain the text exactly once' };
  },
};

function classifier({ cls, sep }: StepJson): { readonly made: null } | { readonly refused: string } {
  return Array.isArray(cls) && Array.isArray(sep) ? { made: null } : { refused: 'it has no cls or no sep' };
}

/** The Rust library adds the tokens of one step around a text; a second such step makes it crash. */
function processorFaults(json: TokenizerJson): Fault[] {
  const where = 'post_processor';
  const steps = flattenSteps(json.post_processor, 'processors');
  const adding = steps.filter((step) => step.type !== 'ByteLevel').length;
  const faults = refusals(steps, PROCESSORS, where);
  return adding > 1 ? [...faults, { where, why: `${adding} of its steps add tokens, but only one may` }] : faults;
}

/** Reports every step of a tokenizer file that Keel does not run like Hugging Face's Rust library. */
export function stepFaults(json: TokenizerJson): Fault[] {
  const normalizers = flattenSteps(json.normalizer, 'normalizers');
  const words = flattenSteps(json.pre_tokenizer, 'pretokenizers');
  return [
    ...refusals(normalizers, NORMALIZERS, 'normalizer'),
    ...refusals(words, PRE_TOKENIZERS, 'pre_tokenizer'),
    ...metaspaceFaults(json, normalizers, words),
    ...refusals(flattenSteps(json.decoder, 'decoders'), DECODERS, 'decoder'),
    ...processorFaults(json),
  ];
}
