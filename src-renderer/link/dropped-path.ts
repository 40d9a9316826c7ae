/** The path of a dropped file in the desktop app. Null in a browser, which does not expose paths. */
export function droppedPath(file: File): string | null {
  return window.keelDesktop?.pathForFile(file) || null;
}
