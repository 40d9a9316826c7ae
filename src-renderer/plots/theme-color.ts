let theme: string | undefined;
const known = new Map<string, string>();

/**
 * The current value of a CSS variable, since a canvas cannot use variables. Cached until the theme changes: reading one
 * makes the browser recompute the styles of the whole page, and a plot reads twenty per draw.
 */
export function themeColor(variable: string): string {
  const root = document.documentElement;
  if (theme !== root.dataset.theme) known.clear();
  theme = root.dataset.theme;
  const found = known.get(variable) ?? getComputedStyle(root).getPropertyValue(variable).trim();
  known.set(variable, found);
  return found;
}

/** A theme color mixed into the surface color; the result is opaque. */
export function onSurface(variable: string, share: number): string {
  return `color-mix(in srgb, ${themeColor(variable)} ${Math.round(100 * share)}%, ${themeColor('--surface')})`;
}
