import { calculate, signed } from './arithmetic.ts';
import type { Budget } from './budget.ts';
import { TemplateFault, typeFault } from './faults.ts';
import { findFilter, findTest } from './filters/filters.ts';
import { compare, truth } from './operators.ts';
import type { Scope } from './scope.ts';
import type { Applied, CallArgs, Expression } from './syntax/nodes.ts';
import { getAttribute, getItem, getSlice } from './values/attributes.ts';
import { listOf } from './values/iterate.ts';
import { print } from './values/print-value.ts';
import { type Args, Callable, Dict, Tuple, typeName, Undefined, type Value } from './values/values.ts';

type Node<K extends Expression['kind']> = Extract<Expression, { kind: K }>;

/** The value of an expression. Throws Python's faults, the limits' errors, and refusals. */
export function evaluate(node: Expression, scope: Scope, budget: Budget): Value {
  budget.charge(1);
  switch (node.kind) {
    case 'constant':
      return node.value;
    case 'name':
      return scope.get(node.name);
    case 'attribute':
      return getAttribute(evaluate(node.object, scope, budget), node.name, budget);
    case 'item':
      return getItem(evaluate(node.object, scope, budget), evaluate(node.index, scope, budget), budget);
    case 'call':
      return callOf(node, scope, budget);
    case 'filter':
      return applyFilter(evaluate(node.operand, scope, budget), node, scope, budget);
    case 'test':
      return findTest(node.name)(evaluate(node.operand, scope, budget), argsOf(node.args, scope, budget), budget);
    case 'condition':
      return conditionOf(node, scope, budget);
    default:
      return evaluateOperator(node, scope, budget);
  }
}

type OperatorNode = Node<
  'list' | 'tuple' | 'dict' | 'slice' | 'not' | 'plus' | 'minus' | 'and' | 'or' | 'binary' | 'concat' | 'compare'
>;

function evaluateOperator(node: OperatorNode, scope: Scope, budget: Budget): Value {
  const value = (part: Expression) => evaluate(part, scope, budget);
  switch (node.kind) {
    case 'list':
      return node.items.map(value);
    case 'tuple':
      return new Tuple(node.items.map(value));
    case 'dict':
      return new Dict(node.items.map(([key, item]) => [value(key), value(item)]));
    case 'slice':
      return getSlice(
        value(node.object),
        node.bounds.map((bound) => (bound === null ? null : value(bound))),
        budget,
      );
    case 'not':
      return !truth(value(node.operand));
    case 'plus':
    case 'minus':
      return signed(node.kind, value(node.operand));
    case 'and':
    case 'or': {
      const left = value(node.left);
      return truth(left) === (node.kind === 'or') ? left : value(node.right);
    }
    case 'binary':
      return calculate(node.operator, value(node.left), value(node.right), budget);
    case 'concat':
      return concatOf(node, scope, budget);
    default:
      return compareOf(node, scope, budget);
  }
}

function concatOf(node: Node<'concat'>, scope: Scope, budget: Budget): Value {
  const parts = node.items.map((item) => evaluate(item, scope, budget)).map((part) => print(part, budget));
  budget.size(parts.reduce((total, part) => total + part.length, 0));
  return parts.join('');
}

/** Python's chain: each operand is evaluated once, and none after the first comparison that fails. */
function compareOf(node: Node<'compare'>, scope: Scope, budget: Budget): Value {
  let left = evaluate(node.first, scope, budget);
  for (const { operator, operand } of node.rest) {
    const right = evaluate(operand, scope, budget);
    if (!compare(operator, left, right, budget)) return false;
    left = right;
  }
  return true;
}

function conditionOf(node: Node<'condition'>, scope: Scope, budget: Budget): Value {
  if (truth(evaluate(node.test, scope, budget))) return evaluate(node.value, scope, budget);
  if (node.otherwise !== null) return evaluate(node.otherwise, scope, budget);
  return new Undefined('the inline if-expression evaluated to false and no else section was defined.');
}

export function applyFilter(value: Value, filter: Applied, scope: Scope, budget: Budget): Value {
  const result = findFilter(filter.name)(value, argsOf(filter.args, scope, budget), budget);
  if (typeof result === 'string') budget.size(result.length);
  return result;
}

function callOf(node: Node<'call'>, scope: Scope, budget: Budget): Value {
  const callee = evaluate(node.callee, scope, budget);
  return callValue(callee, argsOf(node.args, scope, budget), budget);
}

export function callValue(callee: Value, args: Args, budget: Budget): Value {
  if (callee instanceof Undefined) return callee.fail();
  if (!(callee instanceof Callable) || callee.call === null)
    return typeFault(`'${typeName(callee)}' object is not callable`);
  const result = callee.call(args);
  if (typeof result === 'string') budget.size(result.length);
  return result;
}

export function argsOf(args: CallArgs, scope: Scope, budget: Budget): Args {
  const positional = args.positional.map((each) => evaluate(each, scope, budget));
  const spread = args.spread === null ? [] : listOf(evaluate(args.spread, scope, budget), budget);
  const named = new Map(args.named.map(({ key, value }) => [key, evaluate(value, scope, budget)]));
  if (args.keywords !== null) addKeywords(named, evaluate(args.keywords, scope, budget));
  return { positional: [...positional, ...spread], named };
}

function addKeywords(named: Map<string, Value>, keywords: Value): void {
  if (!(keywords instanceof Dict)) typeFault(`argument after ** must be a mapping, not ${typeName(keywords)}`);
  else
    for (const [key, value] of keywords.items()) {
      if (typeof key !== 'string') throw new TemplateFault('TypeError', 'keywords must be strings');
      if (named.has(key)) throw new TemplateFault('TypeError', `got multiple values for keyword argument '${key}'`);
      named.set(key, value);
    }
}
