import ts from 'typescript';
import { mentioning, nodesOf, parse, type SourceFile } from './source-tree.ts';

const REMOVERS = new Set(['rm', 'rmSync', 'rmdir', 'rmdirSync']);

function calledName(call: ts.CallExpression): string {
  const { expression } = call;
  if (ts.isIdentifier(expression)) return expression.text;
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : '';
}

/** Calls that remove a folder with everything in it, as `path:line`. */
export function recursiveRemovals(files: readonly SourceFile[]): string[] {
  return mentioning(files, /\brm(dir)?(Sync)?\b/).flatMap((file) => {
    const tree = parse(file);
    return [...nodesOf(tree)].flatMap((node) => {
      if (!ts.isCallExpression(node) || !REMOVERS.has(calledName(node))) return [];
      if (!node.arguments.some((argument) => /\brecursive\b/.test(argument.getText()))) return [];
      return [`${file.path}:${tree.getLineAndCharacterOfPosition(node.getStart()).line + 1}`];
    });
  });
}
