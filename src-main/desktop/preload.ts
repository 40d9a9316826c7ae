import { contextBridge, ipcRenderer, webUtils } from 'electron';

// All that a page gets of the desktop: a port to the host, and the paths of files that a person has dropped on it.
contextBridge.exposeInMainWorld('keelDesktop', {
  openPort: () => ipcRenderer.send('keel:open-port'),
  pathForFile: (file: File) => {
    // Empty for a file that the page has made itself: nothing but a drop allows a path.
    const path = webUtils.getPathForFile(file);
    if (path) ipcRenderer.sendSync('keel:dropped', path);
    return path;
  },
});

ipcRenderer.on('keel:port', (event) => window.postMessage('keel:port', window.location.origin, [...event.ports]));
