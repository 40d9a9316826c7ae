import { defineComponent, h, type PropType, type Slots } from 'vue';
import type { TableColumn } from './table-column.ts';

/**
 * A row of a data table. Its props stay the same during scrolling, so that only rows that become visible are
 * rendered.
 */
export const DataRow = defineComponent({
  name: 'DataRow',
  props: {
    row: { type: null as unknown as PropType<unknown>, required: true },
    index: { type: Number, required: true },
    columns: { type: Array as unknown as PropType<readonly TableColumn<unknown>[]>, required: true },
    /** Renders the cells of the columns that it has a function for. */
    cells: { type: Object as PropType<Slots>, required: true },
    /** CSS grid columns. */
    template: { type: String, required: true },
    /** Offset from the top of all rows, in pixels; `height` is the row's height. */
    start: { type: Number, required: true },
    height: { type: Number, required: true },
    isCurrent: { type: Boolean, required: true },
    /** Null if rows cannot be selected. */
    isSelected: { type: null as unknown as PropType<boolean | null>, required: true },
  },
  emits: { open: (_index: number) => true, enter: (_index: number) => true },
  setup(props, { emit }) {
    const handlers = {
      onClick: () => emit('open', props.index),
      onFocus: () => emit('enter', props.index),
      onKeydown: (event: KeyboardEvent) => {
        if (event.key === 'Enter' && event.target === event.currentTarget) emit('open', props.index);
      },
    };
    const words = ({ text, value }: TableColumn<unknown>) => text?.(props.row) ?? value?.(props.row);
    const cell = (column: TableColumn<unknown>) =>
      h(
        'div',
        { key: column.key, role: 'cell', class: ['cell', { number: column.isNumber }] },
        props.cells[column.key]?.({ row: props.row }) ?? h('span', { class: 'one-line' }, words(column) ?? ''),
      );
    return () => {
      const { index, template, start, height, isCurrent, isSelected, columns } = props;
      const what = { 'data-index': index, 'aria-rowindex': index + 2, 'aria-selected': isSelected ?? undefined };
      const place = { gridTemplateColumns: template, height: `${height}px`, transform: `translateY(${start}px)` };
      const look = { class: ['line', { selected: isSelected }], style: place, tabindex: isCurrent ? 0 : -1 };
      return h('div', { role: 'row', ...what, ...look, ...handlers }, columns.map(cell));
    };
  },
});

/** The functions of a table's slots, in an object whose identity changes only when a function does. */
export function createStableCells(slots: Slots): () => Slots {
  let cells: Slots = {};
  return () => {
    const names = new Set([...Object.keys(slots), ...Object.keys(cells)]);
    if ([...names].some((name) => slots[name] !== cells[name])) cells = { ...slots };
    return cells;
  };
}
