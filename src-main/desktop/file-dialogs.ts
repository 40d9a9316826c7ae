import type { BrowserWindow, OpenDialogOptions } from 'electron';
import type { PickRequest } from '#contract/api/files.ts';
import type { ElectronParts } from './electron-parts.ts';

const PROPERTIES: Record<PickRequest['what'], OpenDialogOptions['properties']> = {
  file: ['openFile'],
  files: ['openFile', 'multiSelections'],
  folder: ['openDirectory'],
  new_folder: ['openDirectory', 'createDirectory', 'promptToCreate'],
  // Where a dialog cannot offer both, it offers folders; a folder with one GGUF file is a model, too.
  model: ['openFile', 'openDirectory'],
};

function dialogOptions({ what, title, kinds, folder }: PickRequest): OpenDialogOptions {
  const isFolder = what !== 'file' && what !== 'files';
  const filters = [
    { name: kinds.join(', '), extensions: [...kinds] },
    { name: '*', extensions: ['*'] },
  ];
  return {
    title,
    ...(folder !== null && { defaultPath: folder }),
    ...(kinds.length > 0 && !isFolder && { filters }),
    properties: [...(PROPERTIES[what] ?? []), 'dontAddToRecent'],
  };
}

/** Shows the file dialog; returns no paths if it was canceled. */
export async function pickFiles(
  dialog: Pick<ElectronParts['dialog'], 'showOpenDialog'>,
  window: BrowserWindow | null,
  request: PickRequest,
): Promise<readonly string[]> {
  const options = dialogOptions(request);
  const { canceled, filePaths } = await (window
    ? dialog.showOpenDialog(window, options)
    : dialog.showOpenDialog(options));
  return canceled ? [] : filePaths;
}
