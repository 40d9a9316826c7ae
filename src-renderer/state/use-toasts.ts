import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { KeelError } from '#contract/errors.ts';

export interface Toast {
  readonly id: number;
  readonly tone: 'info' | 'good' | 'bad';
  readonly text: string;
  readonly detail: string | null;
  readonly action: { readonly label: string; readonly run: () => void } | null;
}

const MOST = 4;

/** The messages at the edge of the page, oldest first. */
export const useToasts = defineStore('toasts', () => {
  const toasts = shallowRef<readonly Toast[]>([]);
  let last = 0;

  function dismiss(id: number): void {
    toasts.value = toasts.value.filter((toast) => toast.id !== id);
  }

  function show(toast: Omit<Toast, 'id'>): number {
    last += 1;
    const id = last;
    toasts.value = [...toasts.value, { ...toast, id }].slice(-MOST);
    return id;
  }

  /** Shows a short notice, for example that something was saved. */
  function say(text: string, tone: Toast['tone'] = 'info'): number {
    return show({ tone, text, detail: null, action: null });
  }

  /** Shows a notice that something was removed, with an undo button. */
  function offerUndo(text: string, undo: () => void): number {
    return show({ tone: 'info', text, detail: null, action: { label: 'Undo', run: undo } });
  }

  function fail(error: KeelError): number {
    return show({ tone: 'bad', text: error.why, detail: error.fix || null, action: null });
  }

  return { toasts, say, offerUndo, fail, dismiss };
});
