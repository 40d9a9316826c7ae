import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, sep } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import { isDiskFull } from '../disk/disk-full.ts';
import { listFolder } from '../files/list-folder.ts';
import { beginUpload, dropUpload, endUpload, writeUpload } from '../files/uploads.ts';
import { base } from './base.ts';
import type { PathAccess } from './path-access.ts';

const { files } = base;

function pathOrNull(paths: PathAccess, folder: string, name: string): string | null {
  try {
    return paths.read(folder, name);
  } catch {
    return null;
  }
}

function makeFolder(paths: PathAccess, folder: string, name: string): string {
  if (basename(name) !== name || name === '.' || name === '..') {
    const why = `${JSON.stringify(name)} is not a valid folder name.`;
    throw new KeelError({ code: 'folder_name_bad', why, fix: 'Use a plain name without a path.' });
  }
  const path = paths.write(folder, name);
  try {
    mkdirSync(path);
  } catch (error) {
    if (isDiskFull(error)) throw error;
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST';
    const why = isThere ? `${name} already exists there.` : `The folder ${name} could not be created there.`;
    throw new KeelError({ code: 'folder_not_made', why, fix: 'Choose another name or folder.', cause: error });
  }
  return path;
}

export const fileHandlers = {
  roots: files.roots.handler(({ context: { host, paths, dialogs } }) => ({
    roots: [
      ...(paths.roots ?? [
        { path: homedir(), name: 'Home' },
        { path: host.setup.home, name: 'Keel' },
      ]),
    ],
    hasDialogs: dialogs !== null,
    separator: sep,
  })),
  list: files.list.handler(({ input, context: { paths } }) => {
    return listFolder(paths.read(input.folder, '.'), input.kinds, (folder, name) => pathOrNull(paths, folder, name));
  }),
  makeFolder: files.makeFolder.handler(({ input, context: { paths } }) => {
    return { path: makeFolder(paths, input.folder, input.name) };
  }),
  pick: files.pick.handler(async ({ input, context: { paths, dialogs } }) => {
    if (!dialogs) {
      const why = 'System file dialogs are not available on this page.';
      throw new KeelError({ code: 'no_dialogs', why, fix: 'Choose from the file list instead.' });
    }
    const picked = await dialogs.pick(input);
    for (const path of picked) paths.grant(path);
    return { paths: [...picked] };
  }),
  beginUpload: files.beginUpload.handler(({ input, context: { host } }) => {
    return { upload: beginUpload(host.setup.home, input, host.setup.now()) };
  }),
  writeUpload: files.writeUpload.handler(({ input, context: { host } }) => {
    return { received: writeUpload(host.setup.home, input) };
  }),
  endUpload: files.endUpload.handler(async ({ input, context: { host } }) => {
    return { path: await endUpload(host.setup.home, input.upload) };
  }),
  dropUpload: files.dropUpload.handler(({ input, context: { host } }) => {
    dropUpload(host.setup.home, input.upload);
    return input;
  }),
};
