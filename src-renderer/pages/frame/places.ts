import { Boxes, Database, FlaskConical, House, LineChart, MessagesSquare, Settings } from '@lucide/vue';
import type { Component } from 'vue';

/** A page in the sidebar. `keys` are pressed one after the other. */
export interface Place {
  readonly to: string;
  readonly title: string;
  readonly keys: string;
  readonly icon: Component;
}

export const PLACES: readonly Place[] = [
  { to: '/', title: 'Home', keys: 'g h', icon: House },
  { to: '/datasets', title: 'Datasets', keys: 'g d', icon: Database },
  { to: '/models', title: 'Models', keys: 'g m', icon: Boxes },
  { to: '/runs', title: 'Runs', keys: 'g r', icon: LineChart },
  { to: '/studies', title: 'Studies', keys: 'g s', icon: FlaskConical },
  { to: '/playground', title: 'Playground', keys: 'g p', icon: MessagesSquare },
  { to: '/settings', title: 'Settings', keys: 'g ,', icon: Settings },
];

/** Pages that are read now and then: in the palette and in the settings. */
export const MORE_PLACES = [
  { to: '/news', title: 'What is new' },
  { to: '/reference', title: 'Metrics and fields' },
] as const;
