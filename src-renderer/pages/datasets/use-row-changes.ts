import { computed, shallowRef } from 'vue';
import type { DatasetRow, RowChanges } from '#contract/api/library/dataset-library.ts';
import { counted } from '#contract/format.ts';

type Texts = Readonly<Record<string, string>>;

/** Changes to rows of a dataset that were not written yet. Rows are counted from 0, bad ones included. */
export function useRowChanges() {
  const edits = shallowRef<ReadonlyMap<number, Texts>>(new Map());
  const excluded = shallowRef<ReadonlySet<number>>(new Set());
  const excludesUnusable = shallowRef(false);

  /** Changes texts of a row; without a difference to the stored texts, the row counts as unchanged. */
  function edit({ index, fields }: DatasetRow, texts: Texts): void {
    const changed = fields.filter(({ name, text }) => texts[name] !== undefined && texts[name] !== text);
    const next = new Map(edits.value);
    if (changed.length === 0) next.delete(index);
    else next.set(index, Object.fromEntries(changed.map(({ name }) => [name, texts[name]!])));
    edits.value = next;
  }

  /** Leaves a row out, or takes it back in. */
  function toggle(index: number): void {
    const next = new Set(excluded.value);
    if (!next.delete(index)) next.add(index);
    excluded.value = next;
  }

  function discard(): void {
    [edits.value, excluded.value, excludesUnusable.value] = [new Map(), new Set(), false];
  }

  /** What the texts of a row would be. */
  const textsOf = ({ index, fields }: DatasetRow): Texts => ({
    ...Object.fromEntries(fields.map(({ name, text }) => [name, text])),
    ...edits.value.get(index),
  });
  const standing = (index: number) =>
    excluded.value.has(index) ? 'excluded' : edits.value.has(index) ? 'edited' : null;

  const words = computed(() => {
    const kept = [...edits.value.keys()].filter((index) => !excluded.value.has(index)).length;
    return [
      kept > 0 && `${counted(kept, 'row')} edited`,
      excluded.value.size > 0 && `${counted(excluded.value.size, 'row')} excluded`,
      excludesUnusable.value && 'all unusable rows excluded',
    ]
      .filter(Boolean)
      .join(', ');
  });
  /** An excluded row is not edited as well. */
  const changes = computed(
    (): RowChanges => ({
      edits: [...edits.value]
        .filter(([index]) => !excluded.value.has(index))
        .map(([index, fields]) => ({ index, fields: { ...fields } })),
      excluded: [...excluded.value],
      excludesUnusable: excludesUnusable.value,
    }),
  );
  return { excludesUnusable, words, changes, edit, toggle, discard, textsOf, standing };
}

export type RowChangesDraft = ReturnType<typeof useRowChanges>;
