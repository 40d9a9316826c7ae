import type { Command } from 'commander';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { listFields } from '#contract/config/fields/list-fields.ts';
import { modelInitSchema, pipelineSchema, recipeList } from '#contract/config/index.ts';
import { commandProgram } from '../../src-main/cli/run-cli.ts';
import { readSources } from '../architecture/source-tree.ts';

interface Advice {
  readonly path: string;
  readonly text: string;
}

/** Every text of the sources; the holes of a template are left out. */
function textsOf({ path, text }: { readonly path: string; readonly text: string }): readonly Advice[] {
  const found: Advice[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) found.push({ path, text: node.text });
    if (ts.isTemplateExpression(node)) {
      const parts = [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)];
      found.push({ path, text: parts.join('…') });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));
  return found;
}

const texts = readSources('src-main', 'src-renderer')
  // The texts of the store are SQL.
  .filter(({ path }) => path.endsWith('.ts') && !path.startsWith('src-main/store/'))
  .flatMap(textsOf);

const program = commandProgram({ print: () => undefined, remark: () => undefined } as never, () => undefined);

/** What is wrong with a command line that a text names; null if it exists. */
function commandFault(words: string): string | null {
  const [first = '', second = '', ...rest] = words.trim().split(/\s+/);
  const command = program.commands.find((one) => one.name() === first || one.aliases().includes(first));
  if (!command) return `no command ${first}`;
  const inner: Command | undefined = command.commands.find((one) => one.name() === second);
  const takesConfig = second === 'CONFIG' && command.registeredArguments.length > 0;
  if (command.commands.length > 0 && !inner && !takesConfig) return `no command ${first} ${second}`;
  const flags = [second, ...rest].filter((word) => /^--[a-z]/.test(word)).map((word) => word.replace(/[^a-z-].*$/, ''));
  const known = (inner ?? command).options.map(({ long }) => long);
  const unknown = flags.find((flag) => flag !== '--help' && flag !== '--json' && !known.includes(flag));
  return unknown ? `no option ${unknown} of ${first}` : null;
}

test('every command that a message names exists, with its options', () => {
  const named = texts.flatMap(({ path, text }) =>
    [...text.matchAll(/(?:`|: |with |Use |: \n|^)keel ((?:[a-z][a-z-]*)(?: [^`.,;)"]*)?)/g)].map(([, words]) => ({
      path,
      words: words!,
    })),
  );
  expect(named.length).toBeGreaterThan(30);
  const faults = named.map(({ path, words }) => [path, words, commandFault(words)]).filter(([, , fault]) => fault);
  expect(faults).toEqual([]);
});

const GROUPS =
  'data|generation|rollouts|updates|optimizer|evaluation|doctor|checkpoints|scaling|method|training|certificate|critic';

test('every config field that a message names exists', () => {
  const schemas = [...recipeList.map(({ schema }) => schema), pipelineSchema, modelInitSchema];
  const known = new Set(schemas.flatMap((schema) => listFields(schema).map(({ path }) => path)));
  const groups = new Set([...known].map((path) => path.split('.').slice(0, -1).join('.')));
  const named = texts.flatMap(({ path, text }) => {
    // Names of files, events, and metrics have the same form.
    if (!text.includes(' ')) return [];
    return [...text.matchAll(new RegExp(`(?<![\\w./']|trlX )((?:${GROUPS})\\.[a-z_]+(?:\\.[a-z_]+)?)\\b`, 'g'))].map(
      ([, field]) => ({ path, field: field! }),
    );
  });
  expect(named.length).toBeGreaterThan(20);
  const wrong = named.filter(
    ({ field }) => !known.has(field) && !groups.has(field) && !/\.(jsonl?|csv|txt)$/.test(field),
  );
  expect(wrong).toEqual([]);
});

test('a job that is no run is not told to resume one', () => {
  const jobs = texts.filter(({ path }) => path.startsWith('src-main/engine/jobs/'));
  expect(jobs.filter(({ text }) => /\bresume\b/i.test(text) && text.includes(' '))).toEqual([]);
});

test('dataset check never advises dataset check', () => {
  const readers = texts.filter(({ path }) => path.startsWith('src-main/engine/dataset/'));
  expect(readers.filter(({ text }) => text.includes('dataset check'))).toEqual([]);
});
