import { type InjectionKey, inject, provide } from 'vue';

type Query = Readonly<Record<string, string>>;

/** Where a view of a run is found: `plots`, `samples` and so on. */
export type RunAddress = (tab: string, query?: Query) => { readonly path: string; readonly query: Query };

const KEY: InjectionKey<RunAddress> = Symbol('run address');

/** Says where the views of the run shown below this component are, such as beside the stages of its pipeline. */
export function provideRunAddress(address: RunAddress): void {
  provide(KEY, address);
}

/** Where the views of a run are for whoever shows it; a page of its own without an answer. */
export function useRunAddress(run: string): RunAddress {
  const own: RunAddress = (tab, query = {}) => ({
    path: tab === 'plots' ? `/runs/${run}` : `/runs/${run}/${tab}`,
    query,
  });
  return inject(KEY, null) ?? own;
}
