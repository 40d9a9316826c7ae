/** The sections of the settings page, for the palette and for addresses (`/settings#disk`). */
export const SETTINGS = [
  { id: 'engine', title: 'Engine' },
  { id: 'system', title: 'This machine' },
  { id: 'theme', title: 'Theme' },
  { id: 'keys', title: 'Keyboard shortcuts' },
  { id: 'clusters', title: 'Clusters' },
  { id: 'disk', title: 'Data folder' },
  { id: 'trash', title: 'Trash' },
  { id: 'backup', title: 'Open a backup' },
  { id: 'about', title: 'About Keel' },
] as const;
