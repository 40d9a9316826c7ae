/** Makes a matcher of a rule's pattern; it carries the global flag. */
export type CompilePattern = (pattern: string, ignoreCase: boolean) => RegExp;

export interface PromptCondition {
  readonly when_prompt?: string | null;
  readonly unless_prompt?: string | null;
}

export interface FromPromptRule {
  readonly pattern: string;
  readonly prompt_pattern?: string | null;
  /** `any`: the response has one of the prompt's captures; `only`: it has none but the prompt's. */
  readonly mode: 'any' | 'only';
  readonly ignore_case?: boolean;
}

/** The first group that took part in each match, or else the whole match; in lower case where case is ignored. */
function capturesOf(matcher: RegExp, text: string, ignoreCase: boolean): readonly string[] {
  return Array.from(text.matchAll(matcher), ([whole, ...groups]) => {
    const capture = groups.find((group) => group !== undefined) ?? whole;
    return ignoreCase ? capture.toLowerCase() : capture;
  });
}

/** Whether a rule counts for a prompt at all. */
export function createPromptCondition(
  condition: PromptCondition,
  compile: CompilePattern,
): (prompt: string) => boolean {
  const when = condition.when_prompt ? compile(condition.when_prompt, true) : null;
  const unless = condition.unless_prompt ? compile(condition.unless_prompt, true) : null;
  // `search` starts at 0 whatever the matcher found before; `test` of a global matcher does not.
  return (prompt) => (!when || prompt.search(when) >= 0) && (!unless || prompt.search(unless) < 0);
}

/** 1 when the response keeps to what the prompt says, else 0. A response without any match keeps `only`, fails `any`. */
export function createFromPromptRule(
  rule: FromPromptRule,
  compile: CompilePattern,
): (prompt: string, response: string) => number {
  const ignoreCase = rule.ignore_case ?? false;
  const ours = compile(rule.pattern, ignoreCase);
  const theirs = compile(rule.prompt_pattern ?? rule.pattern, ignoreCase);
  return (prompt, response) => {
    const known = new Set(capturesOf(theirs, prompt, ignoreCase));
    const said = capturesOf(ours, response, ignoreCase);
    const kept = rule.mode === 'any' ? said.some((word) => known.has(word)) : said.every((word) => known.has(word));
    return kept ? 1 : 0;
  };
}
