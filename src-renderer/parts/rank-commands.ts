interface Named {
  readonly title: string;
  readonly group: string;
  /** Other names by which it is found: a run's id, a field's symbol. */
  readonly also?: string;
}

const EXACT = 1000;
const LAST_PART = 500;
const BEGINS = 100;

/** Added for a name that is the whole search, whose last part is, or that begins with it. */
function wholeScore({ title, also = '' }: Named, search: string): number {
  const names = [title, also].map((name) => name.toLowerCase()).filter(Boolean);
  if (names.includes(search)) return EXACT;
  if (names.some((name) => name.split(/[/.]/).at(-1) === search)) return LAST_PART;
  return names.some((name) => name.startsWith(search)) ? BEGINS : 0;
}

/** Match score, higher is better; null if a search word does not match. */
function score(named: Named, words: readonly string[]): number | null {
  const [name, heading, other] = [named.title, named.group, named.also ?? ''].map((text) => text.toLowerCase()) as [
    string,
    string,
    string,
  ];
  let sum = wholeScore(named, words.join(' '));
  for (const word of words) {
    const at = name.indexOf(word);
    if (at === 0) sum += 4;
    else if (at > 0) sum += /[^a-z0-9]/.test(name[at - 1] ?? '') ? 3 : 2;
    else if (heading.includes(word) || other.includes(word)) sum += 1;
    else return null;
  }
  return sum;
}

/** The commands that match every search word: exact names first, then the best; all of them if the search is empty. */
export function rankCommands<Command extends Named>(commands: readonly Command[], search: string): readonly Command[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return commands;
  return commands
    .flatMap((command) => {
      const points = score(command, words);
      return points === null ? [] : [{ command, points }];
    })
    .sort((one, other) => other.points - one.points)
    .map(({ command }) => command);
}
