import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';
import { KeelError } from '#contract/errors.ts';

/** Limits of one rendering; far above any real conversation, and reached within a second. */
export interface TemplateLimits {
  readonly steps: number;
  readonly characters: number;
}

const DEFAULT_LIMITS: TemplateLimits = { steps: 2_000_000, characters: 64 * 2 ** 20 };
const MAX_TEMPLATE_CHARACTERS = 2 ** 20;
/** Limits `range(n)`, `indent(n)` and similar calls, whose work does not count as steps. */
const MAX_INTEGER = 1_000_000;
/** Text and lists are copied and searched far faster than the interpreter executes steps. */
const ITEMS_PER_STEP = 100;
/** Each loop iteration creates a scope and its loop variables. */
const STEPS_PER_ROUND = 4;

class LimitReached extends Error {}
class RaisedByTemplate extends Error {}

interface RuntimeValue {
  readonly value: unknown;
}

/**
 * The parts of the library's interpreter that are used; its own declarations do not resolve under Node's module rules.
 */
interface InterpreterLike {
  run(program: unknown): RuntimeValue;
  evaluate(statement: unknown, environment: unknown): RuntimeValue;
}

const LibraryInterpreter = Interpreter as unknown as new (environment: Environment) => InterpreterLike;

/**
 * The interpreter of the jinja library, which uses no `eval`, with a step counter and a limit on the size of values.
 */
class BoundedInterpreter extends LibraryInterpreter {
  private stepsLeft: number;
  private readonly characters: number;

  constructor(environment: Environment, limits: TemplateLimits) {
    super(environment);
    this.stepsLeft = limits.steps;
    this.characters = limits.characters;
  }

  override evaluate(statement: unknown, environment: unknown): RuntimeValue {
    this.charge(statement === LOOP_ROUND ? STEPS_PER_ROUND : 1);
    const result = super.evaluate(statement, environment);
    const { value } = result;
    if (typeof value === 'string' || Array.isArray(value)) {
      if (value.length > this.characters) throw new LimitReached('its output is too long');
      this.charge(value.length / ITEMS_PER_STEP);
    } else if (typeof value === 'number' && Math.abs(value) > MAX_INTEGER) throw new LimitReached('numbers too large');
    return result;
  }

  charge(steps: number): void {
    this.stepsLeft -= steps;
    if (this.stepsLeft < 0) throw new LimitReached('it takes too many steps');
  }
}

/** Inserted at the start of every loop body, so that a loop with an empty body counts steps too. It renders nothing. */
const LOOP_ROUND = { type: 'Comment', value: '' };

/** Inserts {@link LOOP_ROUND} into all loops of a parsed template. */
function countRounds(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  if ('type' in node && node.type === 'For' && 'body' in node && Array.isArray(node.body))
    node.body.unshift(LOOP_ROUND);
  for (const child of node instanceof Map ? node : Object.values(node)) countRounds(child);
}

type Charge = (steps: number) => void;

function makeRange(charge: Charge) {
  return (start: number, stop?: number, step = 1): number[] => {
    const [low, high] = stop === undefined ? [0, start] : [start, stop];
    const count = Math.max(0, Math.ceil((high - low) / (step || 1)));
    if (count > MAX_INTEGER) throw new LimitReached('numbers too large');
    charge(count / ITEMS_PER_STEP);
    return Array.from({ length: count }, (_, index) => low + index * step);
  };
}

function raiseException(message: string): never {
  throw new RaisedByTemplate(message);
}

/** No clock: a template that reads today's date uses its own default, so that a run is reproducible. */
const GLOBALS: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  none: null,
  True: true,
  False: false,
  None: null,
  raise_exception: raiseException,
};

function templateError(cause: unknown): KeelError {
  const raised = cause instanceof RaisedByTemplate;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new KeelError({
    code: raised ? 'tokenizer.template_refused' : 'tokenizer.bad_template',
    why: raised ? `The chat template rejected these messages: ${message}.` : `The chat template failed: ${message}.`,
    fix: raised
      ? 'Change the order or the roles of the messages.'
      : "Fix the tokenizer's chat_template, or use plain text.",
    cause,
  });
}

export type RenderTemplate = (variables: Readonly<Record<string, unknown>>) => string;

/**
 * Parses a chat template once and returns a function that renders it within limits.
 * Throws `tokenizer.bad_template` (syntax, limit, unknown function) or `tokenizer.template_refused` (raise_exception).
 */
export function compileTemplate(source: string, limits: TemplateLimits = DEFAULT_LIMITS): RenderTemplate {
  const program = guarded(() => {
    if (source.length > MAX_TEMPLATE_CHARACTERS) throw new LimitReached('it is longer than 1 MB');
    const parsed = parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }));
    countRounds(parsed);
    return parsed;
  });
  return (variables) =>
    guarded(() => {
      const environment = new Environment();
      const interpreter = new BoundedInterpreter(environment, limits);
      const range = makeRange((steps) => interpreter.charge(steps));
      for (const [name, value] of Object.entries({ ...GLOBALS, range, ...variables })) environment.set(name, value);
      return String(interpreter.run(program).value);
    });
}

/**
 * A stack overflow (endless recursion, deep nesting) arrives here as a RangeError and is handled like any other error.
 */
function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw templateError(cause);
  }
}
