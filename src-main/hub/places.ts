import { join } from 'node:path';

const SHORT_COMMIT = 12;

/**
 * Where a model of the hub lies below the models folder. The commit is part of the name: a branch that moves on makes
 * another folder, and a download that breaks off goes on only with the same content.
 */
export function hubPlaces(models: string, repository: string, commit: string) {
  const name = `${repository.replace('/', '__')}@${commit.slice(0, SHORT_COMMIT)}`;
  return { folder: join(models, name), partial: join(models, `.partial-${name}`) };
}
