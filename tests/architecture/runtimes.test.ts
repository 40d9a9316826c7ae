import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { ROOT } from './source-tree.ts';

/** What the compiler says when a file with this text stands in the contract's folder. */
function compileInContract(text: string): string[] {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(ROOT, 'tsconfig.contract.json'),
    {},
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined },
  );
  if (!config) throw new Error('tsconfig.contract.json cannot be read.');
  const planted = join(ROOT, 'src-main', 'contract', 'planted.ts');
  const host = ts.createCompilerHost(config.options);
  const readFile = host.getSourceFile;
  host.getSourceFile = (path, ...rest) =>
    path === planted ? ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) : readFile(path, ...rest);
  host.fileExists = (path) => path === planted || ts.sys.fileExists(path);
  const program = ts.createProgram([planted], config.options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

test.each(['document', 'window', 'process', 'Buffer', '__dirname'])('the contract knows no %s', (name) => {
  const [said = ''] = compileInContract(`export const planted = ${name};\n`);
  expect(said).toMatch(new RegExp(`Cannot find name '${name}'`));
});

test('what the language itself has compiles in the contract', () => {
  expect(compileInContract('export const planted = new Map<string, Promise<number>>();\n')).toEqual([]);
});
