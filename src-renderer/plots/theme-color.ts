let theme: string | undefined;
const known = new Map<string, string>();

/**
 * The value of a CSS variable as the theme has it now; a canvas knows no variables. Kept until the theme changes: to
 * read one makes the browser bring the styles of the whole page up to date, and a plot asks for twenty with each draw.
 */
export function themeColor(variable: string): string {
  const root = document.documentElement;
  if (theme !== root.dataset.theme) known.clear();
  theme = root.dataset.theme;
  const found = known.get(variable) ?? getComputedStyle(root).getPropertyValue(variable).trim();
  known.set(variable, found);
  return found;
}

/** A color of the theme laid thinly on the surface; it lets nothing through. */
export function onSurface(variable: string, share: number): string {
  return `color-mix(in srgb, ${themeColor(variable)} ${Math.round(100 * share)}%, ${themeColor('--surface')})`;
}
