import { Command, type Option } from 'commander';

/** Whether a default says something: an empty list, an empty object, and an unset switch do not. */
function isWorthTelling(value: unknown): boolean {
  if (value === undefined || value === false) return false;
  return typeof value !== 'object' || value === null || Object.keys(value).length > 0;
}

/** Describes an option with what a first-time user has to know: whether it is required, its choices, its default. */
export function describeOption({ description, mandatory, argChoices, defaultValue }: Option): string {
  const facts = [
    ...(mandatory && defaultValue === undefined ? ['required'] : []),
    ...(argChoices ? [`one of ${argChoices.join(', ')}`] : []),
    ...(isWorthTelling(defaultValue) ? [`default: ${String(defaultValue)}`] : []),
  ];
  return facts.length > 0 ? `${description} (${facts.join('; ')})` : description;
}

/** Where to begin, below the list of commands. */
export const FIRST_STEPS = `
First steps:
  keel system                                     is everything here that Keel needs?
  keel demo                                       a whole RLHF run on the starter model, a few minutes
  keel dataset check my-data.jsonl                what Keel sees in a file
  keel run my-config.yaml --preflight             memory and time that a run will need
  keel run my-config.yaml                         train; docs/tutorial.md has configs to start from
  keel runs list                                  the runs, newest first
  keel generate --model run:latest/policy --chat  talk with what was trained
  keel serve --open                               all of this in a browser

RUN is a run's id, an unambiguous part of it, or latest. MODEL is a model folder, a GGUF file, or the output of a run,
such as run:latest/policy. Every command has --help, and docs/cli.md describes all of them. In the repository, write
npm run keel -- COMMAND.`;

/** Headings under which the main commands are listed. */
const GROUPS: readonly (readonly [heading: string, commands: readonly string[]])[] = [
  ['Start here:', ['demo', 'serve', 'system', 'engine']],
  ['Data and models:', ['dataset', 'arithmetic', 'model']],
  ['Train:', ['run', 'resume', 'runs', 'study', 'cluster']],
  ['Use models:', ['generate', 'score', 'reward', 'evaluate', 'export']],
  ['Other:', ['bench']],
];

/** Sorts the commands under their headings. */
export function groupCommands(program: Command): void {
  const help = new Command('help').argument('[command]').description('show the help of a command');
  program.addHelpCommand(help.helpGroup('Other:'));
  for (const [heading, names] of GROUPS) {
    for (const command of program.commands) if (names.includes(command.name())) command.helpGroup(heading);
  }
}
