/** The value of a CSS variable as the theme has it now. A canvas knows no variables. */
export function themeColor(variable: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
}
