import { type Fault, KeelError } from '#contract/errors.ts';
import { contentText } from '../message-text.ts';
import type { Text } from '../records.ts';
import { answerScore, jsonScore } from './checked-answers.ts';
import { compileExpression } from './expression.ts';
import { type LinearRegex, linearRegex } from './linear-regex.ts';

/** As a reward, of prompts and the answers that the data give for them. */
export type RuleReward = (
  prompts: readonly Text[],
  responses: readonly string[],
  answers?: readonly (string | undefined)[],
) => Float32Array;

interface PromptCondition {
  readonly whenPrompt?: string | null;
  readonly unlessPrompt?: string | null;
}

interface FromPromptRule {
  readonly pattern: string;
  readonly promptPattern?: string | null;
  /** `any`: the response has one of the prompt's captures; `only`: it has no other captures than the prompt's. */
  readonly mode: 'any' | 'only';
  readonly ignoreCase?: boolean;
}

/** The first group that participated in each match, or else the whole match; lowercased if case is ignored. */
function capturesOf(matcher: LinearRegex, text: string, ignoreCase: boolean): readonly string[] {
  return matcher.matches(text).map(({ whole, groups }) => {
    const capture = groups.find((group) => group !== undefined) ?? whole;
    return ignoreCase ? capture.toLowerCase() : capture;
  });
}

/** Whether a rule applies to a prompt at all; case is ignored. Throws for an invalid pattern. */
function createPromptCondition({ whenPrompt, unlessPrompt }: PromptCondition): (prompt: string) => boolean {
  const when = whenPrompt ? linearRegex(whenPrompt, true) : null;
  const unless = unlessPrompt ? linearRegex(unlessPrompt, true) : null;
  return (prompt) => (!when || when.occurs(prompt)) && !unless?.occurs(prompt);
}

/**
 * 1 if the response matches what the prompt says, otherwise 0. A response without any match passes `only` and fails
 * `any`. Throws for an invalid pattern.
 */
function createFromPromptRule(rule: FromPromptRule): (prompt: string, response: string) => number {
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

/** One rule, as in the config but in camelCase. */
export type Rule = { readonly weight: number } & PromptCondition &
  (
    | {
        readonly type: 'length';
        readonly unit: 'characters' | 'words';
        readonly min: number;
        readonly max: number;
        readonly falloff: number;
      }
    | { readonly type: 'regex'; readonly pattern: string; readonly ignoreCase: boolean }
    | {
        readonly type: 'contains';
        readonly texts: readonly string[];
        readonly mode: 'any' | 'all' | 'share';
        readonly ignoreCase: boolean;
      }
    | { readonly type: 'expression'; readonly expression: string }
    | ({ readonly type: 'from_prompt' } & FromPromptRule)
    | {
        readonly type: 'exact_answer';
        readonly pattern: string | null;
        readonly numeric: boolean;
        readonly ignoreCase: boolean;
      }
    | { readonly type: 'json_schema'; readonly schema: string }
  );

type Score = (prompt: string, response: string, answer: string | undefined) => number;
type RuleOf<Type extends Rule['type']> = Extract<Rule, { type: Type }>;

const MAX_CHARACTERS = 100_000;

function lengthScore({ unit, min, max, falloff }: RuleOf<'length'>): Score {
  return (_prompt, response) => {
    const n = unit === 'words' ? response.split(/\s+/u).filter(Boolean).length : Array.from(response).length;
    const outside = Math.max(min - n, n - max, 0);
    if (outside === 0) return 1;
    return falloff === 0 ? 0 : Math.max(0, 1 - outside / falloff);
  };
}

function containsScore({ texts, mode, ignoreCase }: RuleOf<'contains'>): Score {
  const fold = (text: string) => (ignoreCase ? text.toLowerCase() : text);
  const wanted = texts.map(fold);
  return (_prompt, response) => {
    const folded = fold(response);
    const found = wanted.filter((text) => folded.includes(text)).length;
    if (mode === 'share') return found / wanted.length;
    return found >= (mode === 'any' ? 1 : wanted.length) ? 1 : 0;
  };
}

function regexScore({ pattern, ignoreCase }: RuleOf<'regex'>): Score {
  const { occurs } = linearRegex(pattern, ignoreCase);
  return (_prompt, response) => (occurs(response) ? 1 : 0);
}

function expressionScore({ expression }: RuleOf<'expression'>): Score {
  const evaluate = compileExpression(expression);
  return (prompt, response) => evaluate({ prompt, response });
}

function unconditional(rule: Rule): Score {
  if (rule.type === 'length') return lengthScore(rule);
  if (rule.type === 'regex') return regexScore(rule);
  if (rule.type === 'contains') return containsScore(rule);
  if (rule.type === 'json_schema') return jsonScore(rule.schema);
  if (rule.type === 'exact_answer') return answerScore(rule);
  return rule.type === 'expression' ? expressionScore(rule) : createFromPromptRule(rule);
}

function scoreOf(rule: Rule): Score {
  const applies = createPromptCondition(rule);
  const score = unconditional(rule);
  return (prompt, response, answer) => (applies(prompt) ? score(prompt, response, answer) : 0);
}

function plainText(text: Text): string {
  return typeof text === 'string' ? text : text.map(contentText).join('\n');
}

/** Compiles every rule and collects all errors. */
function compileRules(rules: readonly Rule[]): readonly Score[] {
  const faults: Fault[] = [];
  const scores = rules.map((rule, index) => {
    try {
      return scoreOf(rule);
    } catch (error) {
      faults.push({
        where: `rules[${index}] (${rule.type})`,
        why: `the pattern, formula, or schema ${(error as Error).message}`,
      });
      return () => Number.NaN;
    }
  });
  if (faults.length === 0) return scores;
  throw new KeelError({
    code: 'reward_rule_invalid',
    why: `The reward's ${faults[0]!.where}: ${faults[0]!.why}.`,
    fix: 'See docs/rewards.md for the syntax of patterns, formulas, and schemas.',
    faults,
  });
}

/**
 * Weighted sum of rules as a reward or a judge. Only the first 100,000 characters of a response are examined.
 * Throws `reward_rule_invalid` with all invalid patterns and formulas.
 */
export function createRuleReward(rules: readonly Rule[]): RuleReward {
  const scores = compileRules(rules);
  return (prompts, responses, answers) =>
    Float32Array.from(responses, (response, index) => {
      const prompt = plainText(prompts[index]!);
      const cut = response.slice(0, MAX_CHARACTERS);
      return scores.reduce((sum, score, rule) => sum + rules[rule]!.weight * score(prompt, cut, answers?.[index]), 0);
    });
}

/** Whether a prompt needs an answer, because a rule that checks answers applies to it. */
export function needsAnswer(rules: readonly Rule[]): (prompt: Text) => boolean {
  const conditions = rules.filter(({ type }) => type === 'exact_answer').map(createPromptCondition);
  return (prompt) => conditions.some((applies) => applies(plainText(prompt)));
}
