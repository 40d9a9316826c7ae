/** The exceptions of Python and jinja2 that a template can run into. */
export type FaultKind =
  | 'TemplateSyntaxError'
  | 'TemplateRuntimeError'
  | 'UndefinedError'
  | 'SecurityError'
  | 'TypeError'
  | 'ValueError'
  | 'LookupError'
  | 'ZeroDivisionError'
  | 'OverflowError';

/** What jinja2 raises as well: the template is wrong, or it does not fit the messages. */
export class TemplateFault extends Error {
  readonly kind: FaultKind;

  constructor(kind: FaultKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Something that jinja2 renders and Keel does not; refused, because a guess would train on other text. */
export class UnsupportedByKeel extends Error {}

/** A limit against hostile templates. */
export class LimitReached extends Error {}

/** `raise_exception` was called. */
export class RaisedByTemplate extends Error {}

export function typeFault(message: string): never {
  throw new TemplateFault('TypeError', message);
}

export function valueFault(message: string): never {
  throw new TemplateFault('ValueError', message);
}

/** What jinja2's filters and tests raise for arguments that they do not take, and for names that do not exist. */
export function runtimeFault(message: string): never {
  throw new TemplateFault('TemplateRuntimeError', message);
}

export function syntaxFault(message: string, line: number): never {
  throw new TemplateFault('TemplateSyntaxError', `line ${line}: ${message}`);
}
