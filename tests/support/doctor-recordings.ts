import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../fixtures/doctor');

/** The file with the recorded series of a case of scripts/research/doctor. */
export const recordingOf = (name: string) => join(FOLDER, `${name.replace(/[^a-z0-9.]+/gi, '-')}.json`);
