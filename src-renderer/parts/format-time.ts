const MISSING = '–';

/** A duration in the two largest units that matter: `3 min 20 s`, `2 h 5 min`, `0.4 s`. */
export function formatSeconds(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return MISSING;
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** Date and time of day on this machine, to the minute. */
export function formatMoment(milliseconds: number | null | undefined): string {
  if (milliseconds === null || milliseconds === undefined) return MISSING;
  return new Date(milliseconds).toLocaleString('en-US', { dateStyle: 'medium', timeStyle: 'short', hour12: false });
}
