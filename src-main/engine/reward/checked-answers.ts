import { z } from 'zod';
import { KeelError } from '#contract/errors.ts';
import { linearRegex } from './linear-regex.ts';

export interface AnswerRule {
  /** Null: the whole response. */
  readonly pattern: string | null;
  readonly numeric: boolean;
  readonly ignoreCase: boolean;
}

/** Thousands separators are read, units are not. Null for anything that is not a number. */
function numberIn(text: string): number | null {
  const plain = text.replaceAll(',', '');
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(plain) ? Number(plain) : null;
}

function isSame(said: string, wanted: string, { numeric, ignoreCase }: AnswerRule): boolean {
  const [one, other] = [numberIn(said), numberIn(wanted)];
  if (numeric && one !== null && other !== null) return one === other;
  return ignoreCase ? said.toLowerCase() === wanted.toLowerCase() : said === wanted;
}

/**
 * 1 if the last match of a pattern in the response is the answer, otherwise 0. Throws `reward_answer_missing` for a prompt
 * without an answer, and for an invalid pattern.
 */
export function answerScore(rule: AnswerRule): (prompt: string, response: string, answer?: string) => number {
  const matcher = rule.pattern === null ? null : linearRegex(rule.pattern, rule.ignoreCase);
  const saidIn = (response: string) => {
    if (!matcher) return response;
    const last = matcher.matches(response).at(-1);
    return last && (last.groups.find((group) => group !== undefined) ?? last.whole);
  };
  return (_prompt, response, answer) => {
    if (answer === undefined) {
      throw new KeelError({
        code: 'reward_answer_missing',
        why: 'A rule of type exact_answer scores a prompt for which the data give no answer.',
        fix: 'Add a column `answer` to the prompts, or limit the rule with when_prompt.',
      });
    }
    const said = saidIn(response);
    return said !== undefined && isSame(said.trim(), answer.trim(), rule) ? 1 : 0;
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** 1 if the response is JSON that conforms to a JSON Schema, otherwise 0. Throws for an invalid schema. */
export function jsonScore(schema: string): (prompt: string, response: string) => number {
  const read = parsed(schema);
  if (typeof read !== 'object' || read === null || Array.isArray(read)) {
    throw new SyntaxError(`${JSON.stringify(schema.slice(0, 60))} is not a JSON object`);
  }
  const checked = z.fromJSONSchema(read as Parameters<typeof z.fromJSONSchema>[0]);
  return (_prompt, response) => {
    const value = parsed(response);
    return value !== undefined && checked.safeParse(value).success ? 1 : 0;
  };
}
