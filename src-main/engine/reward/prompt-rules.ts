import { type LinearRegex, linearRegex } from './linear-regex.ts';

export interface PromptCondition {
  readonly whenPrompt?: string | null;
  readonly unlessPrompt?: string | null;
}

export interface FromPromptRule {
  readonly pattern: string;
  readonly promptPattern?: string | null;
  /** `any`: the response has one of the prompt's captures; `only`: it has none but the prompt's. */
  readonly mode: 'any' | 'only';
  readonly ignoreCase?: boolean;
}

/** The first group that took part in each match, or else the whole match; in lower case where case is ignored. */
function capturesOf(matcher: LinearRegex, text: string, ignoreCase: boolean): readonly string[] {
  return matcher.matches(text).map(({ whole, groups }) => {
    const capture = groups.find((group) => group !== undefined) ?? whole;
    return ignoreCase ? capture.toLowerCase() : capture;
  });
}

/** Whether a rule counts for a prompt at all; upper and lower case are alike. Throws for a bad pattern. */
export function createPromptCondition({ whenPrompt, unlessPrompt }: PromptCondition): (prompt: string) => boolean {
  const when = whenPrompt ? linearRegex(whenPrompt, true) : null;
  const unless = unlessPrompt ? linearRegex(unlessPrompt, true) : null;
  return (prompt) => (!when || when.occurs(prompt)) && !unless?.occurs(prompt);
}

/**
 * 1 when the response keeps to what the prompt says, else 0. A response without any match keeps `only`, fails `any`.
 * Throws for a bad pattern.
 */
export function createFromPromptRule(rule: FromPromptRule): (prompt: string, response: string) => number {
  const ignoreCase = rule.ignoreCase ?? false;
  const ours = linearRegex(rule.pattern, ignoreCase);
  const theirs = linearRegex(rule.promptPattern ?? rule.pattern, ignoreCase);
  return (prompt, response) => {
    const known = new Set(capturesOf(theirs, prompt, ignoreCase));
    const said = capturesOf(ours, response, ignoreCase);
    const kept = rule.mode === 'any' ? said.some((word) => known.has(word)) : said.every((word) => known.has(word));
    return kept ? 1 : 0;
  };
}
