import { CommanderError } from 'commander';
import { fromTypedError } from '#contract/api/typed-client.ts';
import { type Fault, KeelError } from '#contract/errors.ts';
import { typedDiskError } from '../disk/disk-full.ts';
import { jsonLine } from './output.ts';
import { EXIT, type Shell } from './shell.ts';

/** The faults of an error; none if it has a single one and says all of it itself. */
function listed({ faults = [], why, fix }: KeelError): readonly Fault[] {
  const [only, ...others] = faults;
  if (only === undefined || others.length > 0) return faults;
  const isSaid = [only.where, only.why.replace(/\.$/, '')].every((part) => why.includes(part));
  return isSaid && fix === only.fix ? [] : faults;
}

function describe(error: KeelError): string {
  const head = error.kind === 'canceled' ? error.why : `error: ${error.why}`;
  const faults = listed(error).map(({ where, why, fix }) => `  ${where}: ${why}${fix ? ` (${fix})` : ''}`);
  return [head, ...faults, ...(error.fix ? [`fix: ${error.fix}`] : [])].join('\n');
}

/** Reports why a command failed and returns its exit code. For a bug, it prints the stack, which should be reported. */
export function showError(thrown: unknown, shell: Shell, isJson: boolean): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const error = typedDiskError(fromTypedError(thrown), shell.home);
  if (error instanceof KeelError) {
    if (isJson) shell.print(jsonLine({ type: 'error', error: error.toShape() }));
    else shell.remark(`${describe(error)}\n`);
    return error.kind === 'canceled' ? EXIT.canceled : EXIT.failure;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  shell.remark(`This is a bug in Keel. Please report it with these lines:\n${text}\n`);
  if (isJson)
    shell.print(
      jsonLine({ type: 'error', error: { code: 'bug', why: String(error), fix: 'Report it.', kind: 'expected' } }),
    );
  return EXIT.failure;
}
