import { findFacts } from '#contract/page-words.ts';

export type RunTab = readonly [name: string, title: string];

const TABS: readonly RunTab[] = [
  ['plots', 'Plots'],
  ['samples', 'Samples'],
  ['report', 'Report'],
  ['config', 'Config'],
  ['log', 'Log'],
  ['artifacts', 'Artifacts'],
];
const OF_STAGES: ReadonlySet<string> = new Set(['plots', 'samples']);

/** The views that a recipe's runs have. The plots and samples of a pipeline are those of its stages. */
export function tabsOf(recipe: string): readonly RunTab[] {
  if (recipe === 'pipeline') return TABS.filter(([name]) => !OF_STAGES.has(name));
  return TABS.filter(([name]) => name !== 'samples' || findFacts(recipe)?.kind === 'online');
}

/** The view to show for an address: its own, or the first that the run has. */
export function shownTab(recipe: string, wanted: string): string {
  const tabs = tabsOf(recipe);
  return (tabs.find(([name]) => name === wanted) ?? tabs[0]!)[0];
}
