interface Named {
  readonly title: string;
  readonly group: string;
}

/** Higher is better; null when a word of the search is nowhere. */
function score({ title, group }: Named, words: readonly string[]): number | null {
  const [name, heading] = [title.toLowerCase(), group.toLowerCase()];
  let sum = 0;
  for (const word of words) {
    const at = name.indexOf(word);
    if (at === 0) sum += 4;
    else if (at > 0) sum += /[^a-z0-9]/.test(name[at - 1] ?? '') ? 3 : 2;
    else if (heading.includes(word)) sum += 1;
    else return null;
  }
  return sum;
}

/** The commands that hold every word of the search, the best first; all of them without a search. */
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
