import type { Command } from 'commander';
import type { Shell } from './shell.ts';

/** The context in which a command is created. */
export interface CommandContext {
  readonly shell: Shell;
  /** Sets the exit code of the running command. */
  readonly exit: (code: number) => void;
}

/** Adds a command, or a group of commands, to the program. */
export type AddCommand = (program: Command, context: CommandContext) => void;

/** An option that several commands share. */
export const JSON_OPTION = ['--json', 'print JSON, as docs/cli.md describes'] as const;

/** Collects the values of an option that can be given more than once. */
export function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}
