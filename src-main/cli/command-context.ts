import type { Command } from 'commander';
import type { Shell } from './shell.ts';

/** What a command is made with. */
export interface CommandContext {
  readonly shell: Shell;
  /** Sets the exit code of the command that runs. */
  readonly exit: (code: number) => void;
}

/** Adds one command, or a group of them, to the program. */
export type AddCommand = (program: Command, context: CommandContext) => void;

/** Option texts that stand under several commands. */
export const JSON_OPTION = ['--json', 'print JSON, as docs/cli.md describes'] as const;

/** For an option that may be given more than once. */
export function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}
