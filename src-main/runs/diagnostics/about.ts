import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { About } from '#contract/api/system.ts';
import { keelVersion } from './describe-environment.ts';

const LICENSES = new URL('../../../resources/licenses.json', import.meta.url);

/** The output of `scripts/licenses.ts`: every shipped package; shared license texts are stored once. */
const licensesSchema = z.object({
  packages: z.array(
    z.object({ name: z.string(), version: z.string(), license: z.string(), text: z.int().nonnegative().nullable() }),
  ),
  texts: z.array(z.string()),
});

function readLicenses() {
  return licensesSchema.parse(JSON.parse(readFileSync(LICENSES, 'utf8')));
}

/** Version information and the packages that Keel uses. */
export function readAbout(): About {
  return {
    keel: keelVersion(),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    license: 'MIT',
    packages: readLicenses().packages.map(({ name, version, license }) => ({ name, version, license })),
  };
}

/** The license text of a shipped package, or null if there is none. */
export function readLicenseText(name: string): string | null {
  const { packages, texts } = readLicenses();
  const index = packages.find((one) => one.name === name)?.text ?? null;
  return index === null ? null : (texts[index] ?? null);
}
