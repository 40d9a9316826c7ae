import { dashesOf } from '#contract/study/dashes.ts';
import { methodColor } from '../../parts/words/method-color.ts';

/** How a configuration is drawn. */
export interface StudyLook {
  readonly group: number;
  readonly name: string;
  readonly recipe: string;
  readonly color: string;
  readonly dash: string;
}

/** Each method keeps its color; its configurations differ by their dashes. In the order of the groups. */
export function studyLooks(
  groups: readonly { readonly group: number; readonly name: string; readonly recipe: string }[],
): readonly StudyLook[] {
  const known = [...new Map(groups.map((each) => [each.group, each])).values()].sort((a, b) => a.group - b.group);
  return known.map(({ group, name, recipe }, at) => {
    return { group, name, recipe, color: `var(${methodColor(recipe)})`, dash: dashesOf(known, at).join(' ') };
  });
}
