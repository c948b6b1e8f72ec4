import { isRecord } from '@/api/exact';
import { json, legible } from '@/ui/legible';

/** Arguments in a line that tells one from another: their values in their order, the texts without quotes. */
export function gistOf(given: unknown, most: number): string {
  if (!isRecord(given)) return given === undefined || given === null ? '' : legible(json(given), most);
  const values = Object.entries(given).map(([name, value]) => `${name}: ${typeof value === 'string' ? value : json(value)}`);
  const line = legible(values.join(' · ').slice(0, most * 2), most * 2);
  return line.length <= most ? line : `${Array.from(line).slice(0, most).join('')}…`;
}
