import type { Value } from '../values/values.ts';

/** An argument list. `spread` is `*list` and `keywords` is `**dict`. */
export interface CallArgs {
  readonly positional: readonly Expression[];
  readonly named: readonly { readonly key: string; readonly value: Expression }[];
  readonly spread: Expression | null;
  readonly keywords: Expression | null;
}

export interface Applied {
  readonly name: string;
  readonly args: CallArgs;
  readonly line: number;
}

export type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**';
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in';

export type Expression =
  | { readonly kind: 'constant'; readonly value: Value }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'tuple'; readonly items: readonly Expression[] }
  | { readonly kind: 'dict'; readonly items: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: 'attribute'; readonly object: Expression; readonly name: string }
  | { readonly kind: 'item'; readonly object: Expression; readonly index: Expression }
  | {
      readonly kind: 'slice';
      readonly object: Expression;
      readonly bounds: readonly (Expression | null)[];
    }
  | { readonly kind: 'call'; readonly callee: Expression; readonly args: CallArgs }
  | ({ readonly kind: 'filter'; readonly operand: Expression } & Applied)
  | ({ readonly kind: 'test'; readonly operand: Expression } & Applied)
  | { readonly kind: 'not' | 'plus' | 'minus'; readonly operand: Expression }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'concat'; readonly items: readonly Expression[] }
  | {
      readonly kind: 'compare';
      readonly first: Expression;
      readonly rest: readonly { readonly operator: Comparison; readonly operand: Expression }[];
    }
  | {
      readonly kind: 'condition';
      readonly test: Expression;
      readonly value: Expression;
      readonly otherwise: Expression | null;
    };

export type Target =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'namespace'; readonly name: string; readonly attribute: string }
  | { readonly kind: 'tuple'; readonly items: readonly Target[] };

export interface Parameter {
  readonly name: string;
  readonly fallback: Expression | null;
}

export interface MacroNode {
  readonly name: string | null;
  readonly parameters: readonly Parameter[];
  readonly body: Body;
  /** Which of `caller`, `kwargs` and `varargs` the body reads. */
  readonly reads: ReadonlySet<string>;
}

export interface Branch {
  readonly test: Expression;
  readonly body: Body;
}

export type Body = readonly Statement[];

export interface ForNode {
  readonly kind: 'for';
  readonly target: Target;
  readonly items: Expression;
  readonly test: Expression | null;
  readonly recursive: boolean;
  readonly body: Body;
  readonly otherwise: Body;
}

export type Statement =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly value: Expression }
  | { readonly kind: 'set'; readonly target: Target; readonly value: Expression }
  | {
      readonly kind: 'set-block';
      readonly target: Target;
      readonly filters: readonly Applied[];
      readonly body: Body;
    }
  | { readonly kind: 'if'; readonly branches: readonly Branch[]; readonly otherwise: Body }
  | ForNode
  | { readonly kind: 'break' | 'continue' }
  | { readonly kind: 'macro'; readonly macro: MacroNode }
  | {
      readonly kind: 'call-block';
      readonly call: Extract<Expression, { kind: 'call' }>;
      readonly macro: MacroNode;
    }
  | { readonly kind: 'filter-block'; readonly filters: readonly Applied[]; readonly body: Body }
  | {
      readonly kind: 'with';
      readonly targets: readonly Target[];
      readonly values: readonly Expression[];
      readonly body: Body;
    }
  | { readonly kind: 'generation'; readonly macro: MacroNode };
