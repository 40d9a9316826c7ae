import { shallowRef } from 'vue';
import { useToasts } from '../../state/use-toasts.ts';

/** Takes a config file that is dropped on the page; the form then shows its text. */
export function useDroppedConfig(replaceText: (text: string) => Promise<boolean>) {
  const toasts = useToasts();
  const isDropping = shallowRef(false);

  async function dropFile(event: DragEvent): Promise<void> {
    isDropping.value = false;
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    if (!/\.(ya?ml|json)$/i.test(file.name))
      return void toasts.say(`${file.name} is not a config: drop a YAML or JSON file.`, 'bad');
    if (await replaceText(await file.text())) toasts.say(`Loaded ${file.name} into the form.`);
  }

  return { isDropping, dropFile };
}
