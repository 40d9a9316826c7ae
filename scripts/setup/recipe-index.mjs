import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join('src-main', 'contract', 'recipes');
const INDEX = 'all-recipes.ts';

/**
 * `reward-model` to `rewardModel`.
 * @param {string} name
 */
const camel = (name) => name.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());

/**
 * The index of all recipe descriptors: every file of their folder is one.
 * @param {readonly string[]} names
 */
function indexText(names) {
  const imports = names.map((name) => `import { ${camel(name)} } from './${name}.ts';`);
  const entries = names.map(
    (name) => `  ${/-/.test(name) ? `'${name}'` : name}${camel(name) === name ? '' : `: ${camel(name)}`},`,
  );
  return [
    '// Written by scripts/setup/recipe-index.mjs from the files of this folder, at every start.',
    ...imports,
    '',
    '/** Every recipe by its name. */',
    'export const RECIPES = {',
    ...entries,
    '} as const;',
    '',
  ].join('\n');
}

/**
 * Writes the index beside the descriptors, unless it is current. Adding a descriptor needs no line anywhere else.
 * @param {string} root
 * @returns {boolean} true when it was written
 */
export function writeRecipeIndex(root) {
  const folder = join(root, FOLDER);
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && file !== INDEX)
    .map((file) => file.slice(0, -3))
    .sort();
  const path = join(folder, INDEX);
  const text = indexText(names);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return false;
  const partial = `${path}.${process.pid}.partial`;
  writeFileSync(partial, text);
  renameSync(partial, path);
  return true;
}
