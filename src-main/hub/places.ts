import { join } from 'node:path';

const SHORT_COMMIT = 12;

/**
 * Location of a hub model below the models folder. The commit is part of the name: a branch that has moved gets another
 * folder, and an interrupted download resumes only with the same content.
 */
export function hubPlaces(models: string, repository: string, commit: string) {
  const name = `${repository.replace('/', '__')}@${commit.slice(0, SHORT_COMMIT)}`;
  return { folder: join(models, name), partial: join(models, `.partial-${name}`) };
}
