import { shallowRef } from 'vue';
import { pageError } from '../../state/page-error.ts';
import { type FileWanted, useFiles } from '../../state/use-files.ts';
import { useToasts } from '../../state/use-toasts.ts';

interface Wanted {
  readonly title: string;
  readonly what: FileWanted;
  readonly kinds: readonly string[];
}

/** Asks for a path in the system's dialog, or opens the page's own where there is none. */
export function usePathDialog(wanted: () => Wanted, take: (path: string) => void) {
  const files = useFiles();
  const toasts = useToasts();
  /** Whether the page's own dialog is open. */
  const isOpen = shallowRef(false);

  async function browse(): Promise<void> {
    try {
      const { hasDialogs } = await files.loadRoots();
      if (!hasDialogs) {
        isOpen.value = true;
        return;
      }
      const { what, title, kinds } = wanted();
      const [picked] = await files.pick({ what, title, kinds: [...kinds], folder: null });
      if (picked) take(picked);
    } catch (error) {
      toasts.fail(pageError(error));
    }
  }

  /** Where the dialog starts: the folder of a path. */
  function folderOf(path: string): string | null {
    const at = path.lastIndexOf(files.roots?.separator ?? '/');
    return at > 0 ? path.slice(0, at) : null;
  }
  return { isOpen, browse, folderOf };
}
