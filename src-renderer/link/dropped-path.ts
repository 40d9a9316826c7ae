/** The path of a dropped file where the shell knows it: on the desktop. Null in a browser, which tells no paths. */
export function droppedPath(file: File): string | null {
  return window.keelDesktop?.pathForFile(file) || null;
}
