import type { StepJson } from '../files/tokenizer-json.ts';
import type { Made } from './made-step.ts';
import { compilePattern, isKnownPattern, literalPattern } from './split-patterns.ts';

/** The pattern of a `Split` or `Replace` step: a literal `{"String": …}`, or a known `{"Regex": …}`. */
export function patternOf(step: StepJson): Made<RegExp> {
  const { pattern } = step;
  if (typeof pattern !== 'object' || pattern === null) return { refused: 'it has no pattern' };
  if ('String' in pattern) {
    const text = String(pattern.String);
    return text === '' ? { refused: 'its pattern is empty' } : { made: literalPattern(text) };
  }
  if (!('Regex' in pattern)) return { refused: 'its pattern is neither a string nor a regular expression' };
  const source = String(pattern.Regex);
  if (isKnownPattern(source)) return { made: compilePattern(source) };
  return {
    refused: `the pattern ${JSON.stringify(source)} is none of the published tokenizers' patterns that Keel runs; an unknown one could take forever on some texts`,
  };
}

/** A string field of a step. */
export function textField(step: StepJson, field: string): Made<string> {
  const value = step[field];
  return typeof value === 'string' ? { made: value } : { refused: `it has no ${field}` };
}
