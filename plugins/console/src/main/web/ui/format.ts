import { language } from '@/strings';

const clock = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const moment = new Intl.DateTimeFormat(language, {
  year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
  timeZoneName: 'short',
});
const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });

/** The time of day, as in 14:03:27. */
export function timeOfDay(time: string | number): string {
  return clock.format(new Date(time));
}

/** As in "Nov 30, 2026, 05:30:07 GMT+1": who reads it may pass it on to another place. */
export function dateAndTime(time: string | number): string {
  return moment.format(new Date(time));
}

/** How far from the world's clock the times here are at that time, as in "GMT+1". */
export function zone(time?: string): string {
  const at = time === undefined ? NaN : Date.parse(time);
  return moment.formatToParts(Number.isNaN(at) ? Date.now() : at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

/** As the browser's field for a time wants it, to the second; nothing of what is no time. */
export function localTime(time: string | undefined): string {
  if (time === undefined || Number.isNaN(Date.parse(time))) return '';
  const at = new Date(time);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000], ['second', 1_000],
];

/** As in "3 min. ago". */
export function ago(time: string | number, now = Date.now()): string {
  const difference = new Date(time).getTime() - now;
  for (const [unit, millis] of UNITS) {
    if (Math.abs(difference) >= millis) return relative.format(Math.trunc(difference / millis), unit);
  }
  return relative.format(0, 'second');
}

/** As in "420 ms", "3.2 s", "4 min 10 s", "2 h 5 min". */
export function duration(millis: number): string {
  const rounded = Math.max(0, Math.round(millis));
  if (rounded < 1_000) return `${rounded} ms`;
  if (rounded < 60_000) return `${(rounded / 1_000).toFixed(1)} s`;
  const minutes = Math.floor(rounded / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((rounded % 60_000) / 1_000)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const TICKS = [0, 0.25, 0.5, 0.75];

/** The parts of a span that are named on its axis: none by the same words as another. */
export function ticksOf(span: number): number[] {
  const names = [...TICKS, 1].map((tick) => duration(span * tick));
  return new Set(names).size === names.length ? TICKS : [0];
}

const names = new Intl.Collator(language, { numeric: true });

/** The order of names as people count: branch-2 before branch-10. */
export function byName(one: string, other: string): number {
  return names.compare(one, other);
}

export function number(value: number): string {
  return new Intl.NumberFormat(language).format(value);
}

/** As in "6.2 KB", "31 MB". */
export function bytes(count: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  let unit = 0;
  let amount = count;
  for (; amount >= 1_000 && unit < units.length - 1; unit++) amount /= 1_000;
  return new Intl.NumberFormat(language, { style: 'unit', unit: units[unit] ?? 'byte', maximumSignificantDigits: unit === 0 ? 4 : 3 }).format(amount);
}
