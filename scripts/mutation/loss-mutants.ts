import ts from 'typescript';

/** A loss with one thing wrong on purpose. */
export interface Mutant {
  /** As in `line 38: tf.sub → tf.add`. */
  readonly what: string;
  readonly text: string;
}

const SIGN_FLIPS: Readonly<Record<string, string>> = {
  'tf.sub': 'tf.add',
  'tf.add': 'tf.sub',
  'tf.neg': 'tf.identity',
};

interface Edit {
  readonly at: number;
  readonly end: number;
  readonly replacement: string;
  readonly what: string;
}

/** Every mutant of a loss file: each sign flipped, each mask inverted, one at a time, in functions called `…Loss`. */
export function mutantsOf(path: string, text: string): Mutant[] {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const losses = tree.statements.filter(
    (node): node is ts.FunctionDeclaration & { body: ts.Block } =>
      ts.isFunctionDeclaration(node) && node.body !== undefined && /Loss$/.test(node.name?.text ?? ''),
  );
  const edits = losses.flatMap((loss) => [...invertedMasks(loss), ...flippedSigns(loss.body)]);
  return edits.map(({ at, end, replacement, what }) => ({
    what: `line ${tree.getLineAndCharacterOfPosition(at).line + 1}: ${what}`,
    text: text.slice(0, at) + replacement + text.slice(end),
  }));
}

/** Parameters are taken apart by name, so a mask is inverted by an assignment before anything reads it. */
function invertedMasks(loss: ts.FunctionDeclaration & { body: ts.Block }): Edit[] {
  const [inputs] = loss.parameters;
  if (!inputs || !ts.isObjectBindingPattern(inputs.name)) return [];
  const at = loss.body.getStart() + 1;
  const maskNames = inputs.name.elements.map((element) => element.name.getText()).filter((name) => /Mask$/.test(name));
  return maskNames.map((name) => ({
    at,
    end: at,
    replacement: ` ${name} = tf.logicalNot(${name});`,
    what: `${name} inverted`,
  }));
}

function flippedSigns(node: ts.Node): Edit[] {
  const edits: Edit[] = [];
  const visit = (child: ts.Node): void => {
    if (ts.isCallExpression(child)) {
      const called = child.expression;
      const flipped = SIGN_FLIPS[called.getText()];
      if (flipped) {
        const what = `${called.getText()} → ${flipped}`;
        edits.push({ at: called.getStart(), end: called.getEnd(), replacement: flipped, what });
      }
    }
    child.forEachChild(visit);
  };
  visit(node);
  return edits;
}
