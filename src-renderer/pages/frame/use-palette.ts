import { computed, type Ref, shallowRef, watch } from 'vue';
import { useRouter } from 'vue-router';
import { useCommands } from '../../state/use-commands.ts';
import { useDatasets } from '../../state/use-datasets.ts';
import { useModels } from '../../state/use-models.ts';
import { useRuns } from '../../state/use-runs.ts';
import { kindWords, modelAddress } from '../models/model-words.ts';
import type { Term } from '../reference/listed-terms.ts';
import { SETTINGS } from '../settings/settings-places.ts';

/** Everything that the palette finds: commands, runs, datasets, models, settings, and, once loaded, metrics and fields. */
export function usePalette(isOpen: Ref<boolean>) {
  const router = useRouter();
  const commands = useCommands();
  const [runs, datasets, models] = [useRuns(), useDatasets(), useModels()];
  const terms = shallowRef<readonly Term[]>([]);
  const go = (to: Parameters<typeof router.push>[0]) => () => void router.push(to);

  watch(isOpen, async (now) => {
    if (!now) return;
    void runs.watch();
    void datasets.refresh();
    void models.refresh();
    // It builds the schemas of all configs, which no page should wait for.
    if (terms.value.length === 0) terms.value = (await import('../reference/listed-terms.ts')).listTerms();
  });

  const objects = () => [
    ...runs.runs.map(({ id, name, state }) => {
      return { id: `run ${id}`, title: name, group: `Run, ${state}`, also: id, run: go(`/runs/${id}`) };
    }),
    ...datasets.datasets.map(({ id, name }) => {
      return { id: `dataset ${id}`, title: name, group: 'Dataset', run: go(`/datasets/${id}`) };
    }),
    ...models.models
      .filter(({ source }) => source !== 'checkpoint')
      .map(({ reference, name, kind, tag }) => {
        const group = ['Model', kindWords(kind), tag].filter(Boolean).join(', ');
        return { id: `model ${reference}`, title: name, group, also: reference, run: go(modelAddress(reference)) };
      }),
  ];
  const places = () => [
    ...SETTINGS.map(({ id, title }) => ({ id: `setting ${id}`, title, group: 'Settings', run: go(`/settings#${id}`) })),
    ...terms.value.map(({ name, what, symbol }) => {
      const group = what === 'metric' ? 'Metric' : 'Config field';
      return {
        id: `${what} ${name}`,
        title: name,
        group,
        also: symbol,
        run: go({ path: '/reference', query: { find: name } }),
      };
    }),
  ];

  // Rebuilt only while the palette is open: runs change ten times a second.
  return computed(() => {
    if (!isOpen.value) return [];
    const listed = commands.commands.filter(({ id }) => id !== 'search' && id !== 'search-slash');
    return [...listed, ...objects(), ...places()];
  });
}
