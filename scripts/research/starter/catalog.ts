/** What the shop sells and who writes to it: a closed world, so that every fact of a reply can be checked. */

export const NAMES = (
  'Mia Tom Anna Ben Clara David Elena Felix Henry Jack Kate Leo Maria Noah Olga Paul Rosa Sam Tara Umar ' +
  'Vera Yara Zoe Amir Bella Carlos Dana Eva Farid Gina Hugo Ida Jonas Kim Lena Marco Nina Omar Priya Ruth ' +
  'Sven Tina Victor Wendy Yusuf Alice Boris Chloe Diego Emma Frida George Hana Ines Julia Kofi'
).split(' ');

export const COLORS = 'red blue green black white gray yellow brown purple pink orange silver'.split(' ');

export const DAYS = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ');

export const HARD_DAMAGES = ['broken', 'cracked', 'scratched', 'damaged', 'bent'];
export const SOFT_DAMAGES = ['torn', 'stained', 'damaged'];

export interface Product {
  readonly noun: string;
  readonly plural: boolean;
  /** Clothes come in sizes and tear; the rest breaks and can be repaired. */
  readonly kind: 'clothes' | 'home';
  /** A part that can be missing from the box. */
  readonly part: string | null;
}

const HOME =
  'kettle:lid teapot:lid blender:lid thermos:lid pan:lid toaster:cable lamp:cable radio:cable keyboard:cable ' +
  'printer:cable camera:strap guitar:strap watch:strap backpack:strap speaker:charger drill:charger scooter:charger ' +
  'heater:remote fan:remote clock:battery scale:battery desk:manual shelf:manual chair:manual tent:manual ' +
  'mirror:hook vase: umbrella: suitcase: mug: headphones:cable* curtains:hook* binoculars:strap*';

const CLOTHES =
  'jacket coat sweater dress shirt skirt hat raincoat belt vest hoodie cap boots* sneakers* gloves* socks* jeans* sandals*';

function homeProduct(entry: string): Product {
  const [noun, part] = entry.replace('*', '').split(':');
  return { noun: noun!, plural: entry.endsWith('*'), kind: 'home', part: part ? part : null };
}

function clothesProduct(entry: string): Product {
  return { noun: entry.replace('*', ''), plural: entry.endsWith('*'), kind: 'clothes', part: null };
}

export const PRODUCTS: readonly Product[] = [
  ...HOME.split(' ').map(homeProduct),
  ...CLOTHES.split(' ').map(clothesProduct),
];

export const PARTS = [...new Set(PRODUCTS.flatMap((product) => product.part ?? []))];

/** "a kettle", "an orange kettle", "blue boots". */
export function withArticle(words: string, plural: boolean): string {
  if (plural) return words;
  return /^[aeiou]/.test(words) ? `an ${words}` : `a ${words}`;
}
