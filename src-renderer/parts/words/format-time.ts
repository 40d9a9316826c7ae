const MISSING = '–';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const two = (number: number) => String(number).padStart(2, '0');
const dayOf = (date: Date) => `${MONTHS[date.getMonth()]} ${date.getDate()}`;
const minuteOf = (date: Date) => `${two(date.getHours())}:${two(date.getMinutes())}`;

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

/**
 * Local date and time to the minute: `Nov 26, 2026, 14:03`. Formatted by hand, since the first use of the locale
 * formatters blocks the page for fifty milliseconds.
 */
export function formatDateTime(milliseconds: number | null | undefined): string {
  if (milliseconds === null || milliseconds === undefined) return MISSING;
  const date = new Date(milliseconds);
  return `${dayOf(date)}, ${date.getFullYear()}, ${minuteOf(date)}`;
}

/** Local day and time without the year, for narrow columns: `Nov 26, 14:03`. */
export function formatShortDateTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  return `${dayOf(date)}, ${minuteOf(date)}`;
}

/** Local time to the second: `14:03:21`. */
export function formatTimeOfDay(milliseconds: number): string {
  const date = new Date(milliseconds);
  return `${minuteOf(date)}:${two(date.getSeconds())}`;
}
