import { type Command, Option } from 'commander';
import { expect, it } from 'vitest';
import { describeOption } from '../../src-main/cli/help-style.ts';
import { commandProgram } from '../../src-main/cli/run-cli.ts';
import type { Shell } from '../../src-main/cli/shell.ts';

const program = commandProgram({} as Shell, () => undefined);

/** Every command that is listed, with its whole name. */
function listed(command: Command, above = ''): readonly (readonly [string, Command])[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .flatMap((child) => {
      const name = `${above}${child.name()}`;
      return [[name, child] as const, ...listed(child, `${name} `)];
    });
}

it('every command has a heading, a description, and described arguments and options', () => {
  const help = program.helpInformation();
  expect(help).not.toMatch(/^Commands:/m);
  const bad = listed(program).flatMap(([name, command]) => {
    if (command.name() === 'help' || name === 'engine') return [];
    const arguments_ = command.registeredArguments.filter(({ description }) => description === '');
    const options = command.options.filter(({ description }) => description === '');
    return command.description() === '' || arguments_.length > 0 || options.length > 0 ? [name] : [];
  });
  expect(bad).toEqual([]);
});

it('an option says whether it is required, its choices, and a default that means something', () => {
  const option = (flags: string) => new Option(flags, 'what');
  const cases = [
    [option('--a <x>').makeOptionMandatory(), 'what (required)'],
    [option('--b <x>').choices(['p', 'q']).default('p'), 'what (one of p, q; default: p)'],
    [option('--c <n>').default(0), 'what (default: 0)'],
    [option('--d').default(false), 'what'],
    [option('--e <x>').default([]), 'what'],
    [option('--f <x>').default({}), 'what'],
  ] as const;
  expect(cases.map(([one]) => describeOption(one))).toEqual(cases.map(([, words]) => words));
});

it('an option that a command and its subcommand both have is that of the subcommand it stands behind', () => {
  const parts = listed(program).flatMap(([name, command]) => {
    const shared = command.parent?.options.filter(({ long }) => command.options.some((own) => own.long === long)) ?? [];
    return shared.map((option) => ({ name, command, option }));
  });
  expect(parts.map(({ name }) => name)).toContain('study show');
  for (const { name, command, option } of parts) {
    const given = { flag: 0 };
    command.action(() => {
      given.flag = command.getOptionValueSource(option.attributeName()) === 'cli' ? 1 : -1;
    });
    const needed = command.registeredArguments.filter(({ required }) => required).map(() => 'x');
    const mandatory = command.options.filter((one) => one.mandatory).flatMap((one) => [one.long!, 'x']);
    const value = option.required ? ['1'] : [];
    program.parse([...name.split(' '), ...needed, ...mandatory, option.long!, ...value], { from: 'user' });
    expect({ name, option: option.long, given }).toEqual({ name, option: option.long, given: { flag: 1 } });
  }
});
