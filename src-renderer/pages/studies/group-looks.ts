import type { ComparedRun } from '#contract/api/runs/studies.ts';
import { recipeTitle } from '#contract/page-words.ts';
import { formatNumber } from '../../parts/words/format-number.ts';
import { methodColor } from '../../parts/words/method-color.ts';

/** The style and name of a group of runs. */
export interface GroupLook {
  readonly name: string;
  readonly color: string;
  readonly dash: string;
  readonly n: number;
}

const SERIES = 6;
const DASHES = ['', '7 3', '2 3', '8 3 2 3'];

function nameOf(runs: readonly ComparedRun[]): string {
  const [first] = runs;
  if (!first) return '';
  if (runs.length === 1) return first.name;
  const anchor = first.anchor ? `, ${first.anchor.path.split('.').at(-1)} ${formatNumber(first.anchor.value)}` : '';
  return `${recipeTitle(first.recipe)}${anchor}, ${runs.length} seeds`;
}

/** If every group has a different method, each keeps its method's color; otherwise groups get colors in order. */
export function groupLooks(runs: readonly ComparedRun[]): readonly GroupLook[] {
  const groups = [...Map.groupBy(runs, ({ group }) => group)].sort(([one], [other]) => one - other);
  const methods = new Set(groups.map(([, members]) => members[0]!.recipe));
  const isByMethod = methods.size === groups.length;
  return groups.map(([group, members]) => ({
    name: nameOf(members),
    n: members.length,
    color: isByMethod ? `var(${methodColor(members[0]!.recipe)})` : `var(--series-${(group % SERIES) + 1})`,
    dash: DASHES[(isByMethod ? group : Math.floor(group / SERIES)) % DASHES.length]!,
  }));
}
