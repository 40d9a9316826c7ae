import { useTitle } from '@vueuse/core';
import { computed, type MaybeRefOrGetter, toValue } from 'vue';

/** Puts the page's name before the app's in the window's title. */
export function usePageTitle(title: MaybeRefOrGetter<string>): void {
  useTitle(computed(() => `${toValue(title)} – Keel`));
}
