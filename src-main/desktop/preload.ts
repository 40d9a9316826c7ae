import { contextBridge, ipcRenderer, webUtils } from 'electron';

// Everything that a page gets from the desktop app: a port to the host, and the paths of files dropped on the page.
contextBridge.exposeInMainWorld('keelDesktop', {
  openPort: () => ipcRenderer.send('keel:open-port'),
  pathForFile: (file: File) => {
    // Empty for a file that the page created itself: only dropped files have a path.
    const path = webUtils.getPathForFile(file);
    if (path) ipcRenderer.sendSync('keel:dropped', path);
    return path;
  },
});

ipcRenderer.on('keel:port', (event) => window.postMessage('keel:port', window.location.origin, [...event.ports]));
