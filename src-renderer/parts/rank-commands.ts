interface Named {
  readonly title: string;
  readonly group: string;
}

/** Match score, higher is better; null if a search word does not match. */
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

/** The commands that match every search word, best first; all of them if the search is empty. */
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
