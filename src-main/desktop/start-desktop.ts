import { DesktopApp, type DesktopSetup } from './desktop-app.ts';
import type { ElectronParts } from './electron-parts.ts';
import { PAGE_SCHEME } from './page-address.ts';
import { createPageAnswer, registerPageScheme } from './serve-page.ts';
import { guardContents, guardSession } from './web-contents-guard.ts';

/** Starts the app, unless it is already running: then the running app shows its window. */
export function startDesktop(electron: ElectronParts, setup: DesktopSetup): Promise<void> {
  const { app, crashReporter, protocol, session, shell } = electron;
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return Promise.resolve();
  }
  // Crash dumps stay on this machine.
  crashReporter.start({ uploadToServer: false });
  app.enableSandbox();
  registerPageScheme(protocol);
  app.on('web-contents-created', (_event, contents) => guardContents(contents, shell));
  return app.whenReady().then(() => {
    guardSession(session.defaultSession);
    protocol.handle(PAGE_SCHEME, createPageAnswer(setup.places.pageFolder));
    new DesktopApp(electron, setup).open();
  });
}
