import type { SourceFile } from '../../architecture/source-tree.ts';

const SCOPED = /<style scoped>([\s\S]*?)<\/style>/;
const IMPORTED = /import \{([^}]*)\} from 'reka-ui'/;

/** Component names that a file imports from reka-ui. */
function rekaNames(text: string): readonly string[] {
  return (IMPORTED.exec(text)?.[1] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
}

/** Classes on tags of reka-ui, in the template of a component that draws through a portal. */
function portaledClasses(text: string): readonly string[] {
  const names = rekaNames(text);
  if (!names.some((name) => name.endsWith('Portal'))) return [];
  const tags = text.matchAll(new RegExp(`<(?:${names.join('|')})\\b(?:"[^"]*"|[^">])*?\\bclass="([^"]*)"`, 'g'));
  return [...tags].flatMap(([, classes = '']) => classes.split(/\s+/));
}

/** Scoped rules that would not reach the element they are for, since it stands at the end of the document. */
export function scopedPortalRules({ path, text }: SourceFile): readonly string[] {
  const styles = SCOPED.exec(text)?.[1] ?? '';
  const classes = portaledClasses(text);
  return classes.filter((name) => new RegExp(`\\.${name}\\b`).test(styles)).map((name) => `${path}: .${name}`);
}

const LAYER = /z-index:\s*([^;]+);/g;
/** Within a surface or a plot, which are stacking contexts of their own. */
const LOCAL = /^(?:0|1)$/;

/** Places over the page that a component has chosen by itself, and not by the name of a layer. */
export function scatteredLayers({ path, text }: SourceFile): readonly string[] {
  return [...text.matchAll(LAYER)]
    .map(([, value = '']) => value.trim())
    .filter((value) => !value.startsWith('var(--layer-') && !LOCAL.test(value))
    .map((value) => `${path}: z-index ${value}`);
}

/** Selects without the class that gives their list its look. */
export function plainSelects({ path, text }: SourceFile): readonly string[] {
  const tags = [...text.matchAll(/<select\b(?:"[^"]*"|[^">])*>/g)].map(([tag]) => tag);
  return tags.filter((tag) => !/\bclass="[^"]*\bselect\b/.test(tag)).map((tag) => `${path}: ${tag}`);
}
