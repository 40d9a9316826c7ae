import process from 'node:process';
import {
  app,
  BrowserWindow,
  crashReporter,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  Notification,
  nativeTheme,
  powerMonitor,
  powerSaveBlocker,
  protocol,
  session,
  shell,
} from 'electron';
import { findAppPlaces } from './app-places.ts';
import { startHostChild } from './host-child.ts';
import { startDesktop } from './start-desktop.ts';

const { env: environment, platform, resourcesPath } = process;
const places = findAppPlaces({
  isPackaged: app.isPackaged,
  appPath: app.getAppPath(),
  resourcesPath,
  environment,
  platform,
});
startDesktop(
  {
    app,
    BrowserWindow,
    crashReporter,
    dialog,
    ipcMain,
    Menu,
    MessageChannelMain,
    Notification,
    nativeTheme,
    powerMonitor,
    powerSaveBlocker,
    protocol,
    session,
    shell,
  },
  {
    places,
    platform,
    startHost: () => startHostChild({ node: places.node, entry: places.hostEntry, environment }),
  },
).catch((error: unknown) => {
  dialog.showErrorBox('Keel could not start', String(error));
  app.exit(1);
});
