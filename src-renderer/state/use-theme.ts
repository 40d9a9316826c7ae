import { usePreferredDark, useStorage } from '@vueuse/core';
import { defineStore } from 'pinia';
import { computed, watchEffect } from 'vue';
import { recipeFacts } from '#contract/page-facts.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type ThemeChoice = (typeof THEMES)[number];

/** Light or dark: the user's choice, otherwise the system setting. */
export const useTheme = defineStore('theme', () => {
  const choice = useStorage<ThemeChoice>('keel.theme', 'system');
  const prefersDark = usePreferredDark();
  const theme = computed(() => {
    if (choice.value === 'system') return prefersDark.value ? 'dark' : 'light';
    return choice.value;
  });
  watchEffect(() => {
    const root = document.documentElement;
    root.dataset.theme = theme.value;
    for (const { name, color } of recipeFacts) root.style.setProperty(`--method-${name}`, color[theme.value]);
  });
  const toggle = () => {
    choice.value = theme.value === 'dark' ? 'light' : 'dark';
  };
  return { choice, theme, toggle };
});
