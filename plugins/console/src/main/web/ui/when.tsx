import { useClock } from './clock';
import { ago, dateAndTime } from './format';

/**
 * A time by how far away it is, with the moment itself for whoever points at it.
 *
 * @param whole the moment stands beside it, for whoever has no pointer as well
 */
export function When({ at, whole = false }: { at: string; whole?: boolean }) {
  useClock();
  if (whole) return <time dateTime={at}>{ago(at)} <span className="text-soft">· {dateAndTime(at)}</span></time>;
  return <time dateTime={at} title={dateAndTime(at)} className="whitespace-nowrap">{ago(at)}</time>;
}
