import { KeelError } from '#contract/errors.ts';
import { Budget, type TemplateLimits } from './jinja/budget.ts';
import { LimitReached, RaisedByTemplate, UnsupportedByKeel } from './jinja/faults.ts';
import { findFrames } from './jinja/frames.ts';
import { templateGlobals } from './jinja/globals.ts';
import { type GenerationMarks, Interpreter } from './jinja/interpreter.ts';
import { Scope } from './jinja/scope.ts';
import { checkNames } from './jinja/syntax/check-names.ts';
import { parseTemplate } from './jinja/syntax/parse-template.ts';
import { toValue } from './jinja/values/to-value.ts';
import type { Value } from './jinja/values/values.ts';
import { orderAdvice } from './refused-order.ts';

const DEFAULT_LIMITS: TemplateLimits = { steps: 2_000_000, characters: 64 * 2 ** 20 };
const MAX_TEMPLATE_CHARACTERS = 2 ** 20;
const NO_MARKS: GenerationMarks = { start: '', end: '' };

/** @param messages of the rendering, to say what about their order may be the reason. */
function templateError(cause: unknown, messages: unknown): KeelError {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof RaisedByTemplate)
    return new KeelError({
      code: 'tokenizer.template_refused',
      why: `The chat template rejected these messages: ${message.replace(/\.$/, '')}.${orderAdvice(messages)}`,
      fix: 'Change the order or the roles of the messages.',
      cause,
    });
  if (cause instanceof UnsupportedByKeel)
    return new KeelError({
      code: 'tokenizer.template_unsupported',
      why: `The chat template uses something that Keel does not render as Python does: ${message}.`,
      fix: "Rewrite this part of the tokenizer's chat_template, or use plain text.",
      cause,
    });
  return new KeelError({
    code: 'tokenizer.bad_template',
    why: `The chat template failed: ${message}.`,
    fix: "Fix the tokenizer's chat_template, or use plain text.",
    cause,
  });
}

export type RenderTemplate = (variables: Readonly<Record<string, unknown>>) => string;

export interface TemplateOptions {
  readonly limits?: TemplateLimits;
  /** Written around what `{% generation %}` encloses. */
  readonly marks?: GenerationMarks;
}

/**
 * Parses a chat template once and returns a function that renders it within limits, as jinja2 does in transformers'
 * environment. There is no clock: a template that reads today's date uses its own default.
 * Throws `tokenizer.bad_template` (syntax, an error of Python, a limit), `tokenizer.template_refused`
 * (raise_exception), or `tokenizer.template_unsupported` (jinja2 renders it, Keel does not).
 */
export function compileTemplate(source: string, options: TemplateOptions = {}): RenderTemplate {
  const { limits = DEFAULT_LIMITS, marks = NO_MARKS } = options;
  const { body, frames } = guarded(() => {
    if (source.length > MAX_TEMPLATE_CHARACTERS) throw new LimitReached('it is longer than 1 MB');
    const parsed = parseTemplate(source);
    checkNames(parsed);
    return { body: parsed, frames: findFrames(parsed) };
  });
  return (variables) =>
    guarded(() => {
      const budget = new Budget(limits);
      const given = Object.entries(variables).map(([name, value]): [string, Value] => [name, toValue(value)]);
      const globals = new Scope(null, templateGlobals(budget));
      return new Interpreter(budget, marks, frames).render(body, new Scope(globals, given));
    }, variables.messages);
}

/**
 * A stack overflow (endless recursion, deep nesting) arrives here as a RangeError and is handled like any other error.
 */
function guarded<T>(work: () => T, messages?: unknown): T {
  try {
    return work();
  } catch (cause) {
    throw templateError(cause, messages);
  }
}
