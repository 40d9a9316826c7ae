import { useTitle } from '@vueuse/core';
import { computed, type MaybeRefOrGetter, toValue } from 'vue';

/** Sets the window title to the page's name followed by the app's. */
export function usePageTitle(title: MaybeRefOrGetter<string>): void {
  useTitle(computed(() => `${toValue(title)} – Keel`));
}
