import type { MenuEntry } from '../../parts/menu-entry.ts';

/** What the menu of a plot offers; `isLog` is null for a plot that has no logarithmic axis. */
export interface PlotMenu {
  readonly isTable: boolean;
  readonly isLog: boolean | null;
  readonly act: (action: PlotAction) => void;
}

export type PlotAction = 'table' | 'log' | 'fill' | 'copy' | 'save' | 'csv' | 'remove';

export function plotMenu({ isTable, isLog, act }: PlotMenu): readonly MenuEntry[] {
  const entry = (label: string, action: PlotAction): MenuEntry => ({ label, run: () => act(action) });
  return [
    entry(isTable ? 'Show as plot' : 'Show as table', 'table'),
    ...(isLog === null ? [] : [entry(isLog ? 'Linear axis' : 'Log axis', 'log')]),
    entry('Full screen', 'fill'),
    entry('Copy as picture', 'copy'),
    entry('Save as PNG', 'save'),
    entry('Save as CSV', 'csv'),
    entry('Remove plot', 'remove'),
  ];
}
