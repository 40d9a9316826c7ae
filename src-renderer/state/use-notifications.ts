import { useStorage } from '@vueuse/core';
import { defineStore } from 'pinia';
import { watch } from 'vue';
import type { RunLine } from '#contract/api/runs/overview.ts';
import { isUnderWay, useRuns } from './use-runs.ts';
import { useToasts } from './use-toasts.ts';

/** Tells when a run ends or waits for an answer, also while another window is in front, for whoever has asked for it. */
export const useNotifications = defineStore('notifications', () => {
  const runs = useRuns();
  const toasts = useToasts();
  const isWanted = useStorage('keel.notifications', false);

  /** Asks the browser once; a refusal is its user's answer. */
  async function ask(): Promise<void> {
    const answer = 'Notification' in window ? await Notification.requestPermission() : 'denied';
    isWanted.value = answer === 'granted';
    toasts.say(
      isWanted.value ? 'You will be told when a run ends.' : 'This browser does not allow notifications from Keel.',
    );
  }
  function stop(): void {
    isWanted.value = false;
    toasts.say('No notifications when runs end.');
  }

  function tell({ id, name, state, problem }: RunLine): void {
    if (!isWanted.value || !('Notification' in window) || Notification.permission !== 'granted') return;
    new Notification(`${name}: ${state}`, { body: problem ?? '', tag: id });
  }

  /** Watches runs without stages, which are part of their pipeline. */
  function follow(): void {
    watch(
      () => runs.byId,
      (now, before) => {
        for (const line of now.values()) {
          const was = before.get(line.id);
          if (!was || line.parent !== null || was.state === line.state) continue;
          const hasEnded = isUnderWay(was.state) && !isUnderWay(line.state);
          const isHeld = line.state === 'paused' && line.pausedBecause !== null && line.pausedBecause.by !== 'person';
          if (hasEnded || isHeld) tell(line);
        }
      },
    );
  }
  return { isWanted, ask, stop, follow };
});
