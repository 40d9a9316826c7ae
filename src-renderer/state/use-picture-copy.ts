import { pageError } from './page-error.ts';
import { useToasts } from './use-toasts.ts';

/** Puts pictures on the clipboard, and says so, or why it is not allowed. */
export function usePictureCopy() {
  const toasts = useToasts();

  async function copy(picture: HTMLCanvasElement): Promise<void> {
    const png = new Promise<Blob>((resolve, reject) => {
      picture.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The picture is empty.'))));
    });
    try {
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]);
      toasts.say('The picture is on the clipboard.');
    } catch (caught) {
      toasts.fail(pageError(caught));
    }
  }
  return { copy };
}
