import ts from 'typescript';
import { nodesOf, parse, type SourceFile } from './source-tree.ts';

export interface Size {
  /** `path`, or `path: function`. */
  readonly what: string;
  readonly lines: number;
}

export function linesOf({ path, text }: SourceFile): Size {
  return { what: path, lines: text.trimEnd().split('\n').length };
}

/** Every function of a file by its length from the first line of its head to its closing brace. */
export function functionsOf(file: SourceFile): Size[] {
  const tree = parse(file);
  const line = (position: number) => tree.getLineAndCharacterOfPosition(position).line;
  return [...nodesOf(tree)].filter(isFunctionWithBody).map((node) => ({
    what: `${file.path}: ${nameOf(node)}`,
    lines: line(node.getEnd()) - line(node.getStart(tree)) + 1,
  }));
}

function isFunctionWithBody(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined;
}

function nameOf(node: ts.FunctionLikeDeclaration): string {
  if (node.name) return node.name.getText();
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  const { parent } = node;
  const named = ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent);
  return named ? parent.name.getText() : '(anonymous)';
}

/** The value below which the given share of the sizes lies. */
export function quantile(sizes: readonly Size[], share: number): number {
  const sorted = sizes.map(({ lines }) => lines).sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
