/** Lengths of lines and gaps, of which each further configuration of a method has another. */
const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 3], [10, 3, 2, 3]];

/** The dashes of a configuration: a method keeps its color, and its configurations differ by their dashes. */
export function dashesOf(groups: readonly { readonly recipe: string }[], at: number): readonly number[] {
  const place = groups.slice(0, at).filter(({ recipe }) => recipe === groups[at]!.recipe).length;
  return DASHES[place % DASHES.length]!;
}
