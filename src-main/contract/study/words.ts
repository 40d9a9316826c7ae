import type { StudyEntryState } from '../api/runs/planned-studies.ts';
import type { BestOf } from '../api/runs/start-samples.ts';
import type { ComparedCells, ReadCell, StudyReading } from '../api/runs/study-reading.ts';
import { findRecipe } from '../config/recipes.ts';
import { formatDigits } from '../format.ts';

/** A configuration of a study, such as `APA (apa_lambda 0.5, learning_rate 0.001)`. */
export function entryName({ label, knobs }: Pick<StudyEntryState, 'label' | 'knobs'>): string {
  const values = Object.entries(knobs).map(([path, value]) => {
    return `${path.split('.').at(-1)} ${typeof value === 'string' ? value : JSON.stringify(value)}`;
  });
  const title = findRecipe(label)?.title ?? label;
  return values.length > 0 ? `${title} (${values.join(', ')})` : title;
}

/** A method with its knob, such as `APA (apa_lambda 0.5)`. */
export function cellName({ recipe, anchor }: Pick<ReadCell, 'recipe' | 'anchor'>): string {
  const title = findRecipe(recipe)?.title ?? recipe;
  return anchor ? `${title} (${anchor.path.split('.').at(-1)} ${anchor.value})` : title;
}

const interval = (low: number, high: number) => `${formatDigits(low, 3)} to ${formatDigits(high, 3)}`;

/** Of what a comparison is made. */
function basis({ seeds, prompts }: ComparedCells): string {
  const counted = prompts > 0 ? `, ${prompts} prompts` : '';
  return `${seeds[0]} and ${seeds[1]} seeds${counted}`;
}

function untold(compared: ComparedCells, names: string): string {
  const { difference, low, high, error, detectable, seedsToFind, seeds } = compared;
  if (Math.min(...seeds) < 2) {
    return `Cannot tell ${names}: ${basis(compared)}. A method needs at least two seeds, since one says nothing about others.`;
  }
  if (!(error > 0)) {
    const why = 'Their seeds do not differ at all, which leaves nothing to judge a difference by.';
    return `Cannot tell ${names}: ${formatDigits(difference, 3)} (${basis(compared)}). ${why}`;
  }
  const needed = seedsToFind === null ? '' : ` A difference as large as this one takes ${seedsToFind} seeds each.`;
  const found = `differences from ${formatDigits(detectable, 3)} in four of five studies`;
  return `Cannot tell ${names}: ${formatDigits(difference, 3)} (${interval(low, high)}; ${basis(compared)}). This many seeds find ${found}.${needed}`;
}

/** What a comparison says, in a sentence that also says how sure it is. */
export function verdictSentence(reading: StudyReading, compared: ComparedCells): string {
  const nameOf = (group: number) => reading.cells.find((cell) => cell.group === group)!.name;
  const [first, second] = [nameOf(compared.first), nameOf(compared.second)];
  if (compared.winner === 'cannot tell') return untold(compared, `${first} from ${second}`);
  const [better, other] = compared.winner === 'first' ? [first, second] : [second, first];
  const { difference, low, high } = compared;
  const bounds = compared.winner === 'first' ? interval(low, high) : interval(-high, -low);
  return `${better} is above ${other} by ${formatDigits(Math.abs(difference), 3)} (${bounds}; ${basis(compared)}).`;
}

/** What the line of "best of n" does and does not say. */
export function bestOfNote({ samples, distinct }: Pick<BestOf, 'samples' | 'distinct'>): string {
  const repeated =
    distinct < 1 ? `; ${formatDigits(100 * distinct, 3)}% of these ${samples} responses per prompt are distinct` : '';
  return (
    'The reward chooses; the measure judges the choice. The KL shown, log n - (n - 1)/n, is the most it can be, and less ' +
    `where responses repeat${repeated} (Beirami et al. 2024, arXiv 2401.01879). A method below this line does worse than ` +
    'choosing; one above it may still have spent more KL.'
  );
}
