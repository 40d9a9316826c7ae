import { defineStore } from 'pinia';
import { onScopeDispose, shallowRef } from 'vue';

/** Something that a person can do by name or by keys. */
export interface Command {
  readonly id: string;
  readonly title: string;
  /** Heading in the palette and in the list of shortcuts. */
  readonly group: string;
  /** One chord (`mod+k`, `?`) or two keys after each other (`g r`); none for the palette alone. */
  readonly keys?: string;
  readonly run: () => void;
}

const TYPING = 'input, textarea, select, [contenteditable="true"], [role="textbox"], [role="combobox"]';
const SEQUENCE_MILLISECONDS = 1200;

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(TYPING) !== null;
}

function chordOf(event: KeyboardEvent): string {
  const mod = event.ctrlKey || event.metaKey ? 'mod+' : '';
  const key = event.key === ' ' ? 'space' : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return `${mod}${event.altKey ? 'alt+' : ''}${key}`;
}

/** Every command of the page, and the keys that run them. */
export const useCommands = defineStore('commands', () => {
  const commands = shallowRef<readonly Command[]>([]);
  let pending = '';
  let pendingSince = 0;

  /** Adds commands for as long as the calling component lives. */
  function register(added: readonly Command[]): void {
    const ids = new Set(added.map(({ id }) => id));
    commands.value = [...commands.value.filter(({ id }) => !ids.has(id)), ...added];
    onScopeDispose(() => {
      commands.value = commands.value.filter((command) => !added.includes(command));
    });
  }

  /** Runs the command of a key press, if there is one; true when there was. */
  function press(event: KeyboardEvent): boolean {
    if (event.defaultPrevented || event.isComposing) return false;
    const chord = chordOf(event);
    // A button or link takes the space bar for itself.
    const isTaken = chord === 'space' && event.target instanceof Element && event.target.closest('button, a, summary');
    if ((isTyping(event.target) && !chord.startsWith('mod+')) || isTaken) return false;
    const isFresh = event.timeStamp - pendingSince < SEQUENCE_MILLISECONDS;
    const sequence = pending && isFresh ? `${pending} ${chord}` : chord;
    // Of two commands with the same keys that of the inner component counts, which was registered later.
    const found =
      commands.value.findLast(({ keys }) => keys === sequence) ?? commands.value.findLast(({ keys }) => keys === chord);
    const isPrefix = commands.value.some(({ keys }) => keys?.startsWith(`${chord} `));
    pending = found || !isPrefix ? '' : chord;
    pendingSince = event.timeStamp;
    if (!found) return false;
    event.preventDefault();
    found.run();
    return true;
  }

  return { commands, register, press };
});
