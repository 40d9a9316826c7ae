import { basename } from 'node:path';
import ts from 'typescript';
import { mentioning, nodesOf, parse, type SourceFile } from './source-tree.ts';

/** A mask is named by what `true` means. */
const BARE_MASKS = new Set(['mask', 'masks', 'paddingMask', 'padMask', 'padding_mask']);
const VAGUE = /^(utils?|commons?|shared|core|misc|helpers?)$|(^|-)managers?$/;
const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const PASCAL_VUE = /^[A-Z][A-Za-z0-9]*\.vue$/;

/** Folders and files whose name says nothing of what may go in, or is not written as names are here. */
export function bannedPaths(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path }) => {
    const file = basename(path);
    const stem = file.replace(/(\.test|\.config)?\.(ts|mjs)$/, '');
    const folders = path.split('/').slice(0, -1);
    const faults = [...folders, stem].filter((name) => VAGUE.test(name));
    if (!KEBAB.test(stem) && !/^\d{4}-/.test(stem) && !PASCAL_VUE.test(file)) faults.push(file);
    return faults.map((name) => `${path}: ${name}`);
  });
}

/** Names that a file declares (variables, parameters, properties, functions, types), each with its node. */
function* declaredNames(tree: ts.SourceFile): Generator<string> {
  for (const node of nodesOf(tree)) {
    const isDeclaration =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isPropertySignature(node) ||
      ts.isPropertyDeclaration(node) ||
      ts.isPropertyAssignment(node) ||
      ts.isShorthandPropertyAssignment(node) ||
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node) ||
      ts.isClassDeclaration(node);
    if (isDeclaration && node.name && ts.isIdentifier(node.name)) yield node.name.text;
  }
}

/** Declared names that hide what they mean. */
export function bannedNames(files: readonly SourceFile[]): string[] {
  return mentioning(files, /mask/i).flatMap((file) => {
    const names = new Set([...declaredNames(parse(file))].filter((name) => BARE_MASKS.has(name)));
    return [...names].map((name) => `${file.path}: ${name}`);
  });
}

/** Uses of `Math.random`: randomness is a parameter. */
export function unseededRandom(files: readonly SourceFile[]): string[] {
  return mentioning(files, /\brandom\b/).flatMap((file) => {
    const uses = [...nodesOf(parse(file))].filter(
      (node) =>
        ts.isPropertyAccessExpression(node) && node.expression.getText() === 'Math' && node.name.text === 'random',
    );
    return uses.length > 0 ? [`${file.path}: Math.random`] : [];
  });
}

/** Default exports, which every importer may call something else. */
export function defaultExports(files: readonly SourceFile[]): string[] {
  return mentioning(files, /\bexport\s*(default|=)/).flatMap((file) => {
    const found = [...nodesOf(parse(file))].some(
      (node) =>
        ts.isExportAssignment(node) ||
        (node.kind === ts.SyntaxKind.DefaultKeyword && ts.isFunctionDeclaration(node.parent)),
    );
    return found ? [`${file.path}: export default`] : [];
  });
}

/** Spellings of the word list in a text; a word inside camelCase or snake_case counts. */
export function britishSpellings(files: readonly SourceFile[], words: readonly string[]): string[] {
  return linesWith(files, new RegExp(`(${words.join('|')})`, 'i'));
}

/** Words that stand alone or with an ending. */
export function avoidedWords(files: readonly SourceFile[], words: readonly string[]): string[] {
  return linesWith(files, new RegExp(`\\b((?:${words.join('|')})(?:s|es|d|ed|ing)?)\\b`, 'i'));
}

/** Lines in which a pattern occurs, with what its first group found. */
function linesWith(files: readonly SourceFile[], pattern: RegExp): string[] {
  return files.flatMap(({ path, text }) => {
    // HTML spells this attribute as it does.
    const own = text.replaceAll('aria-labelledby', '');
    if (!pattern.test(own)) return [];
    return own.split('\n').flatMap((line, index) => {
      const found = pattern.exec(line);
      return found ? [`${path}:${index + 1}: ${found[1]}`] : [];
    });
  });
}
