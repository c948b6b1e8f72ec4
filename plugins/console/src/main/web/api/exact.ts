/**
 * JSON with every number as it is written. JavaScript counts in binary: of a whole number beyond 2^53, of many decimals
 * and of what is very large it keeps another one that is near. Whoever agrees to a number has to see that number, and what
 * is sent back has to be what was shown; such a number is kept as its text.
 */
export class Exact {
  readonly #written: string;

  constructor(written: string) {
    this.#written = written;
  }

  toString(): string {
    return this.#written;
  }

  toJSON(): string {
    return this.#written;
  }
}

/** A number that may be written with more digits than JavaScript keeps; most texts have none, wherever they have them. */
const SUSPECT = /\d[\d.]{15}|\d[eE][-+]?\d/;
const TOKEN = /"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/g;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

/** Stands before the text of a number while it is a string; nobody else knows it. */
const MARK = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
const MARKED = new RegExp(`"${MARK}([^"]*)"`, 'g');

/** Which digits a number has and where they stand, however it is written. */
function decimal(written: string): string {
  const [, sign = '', whole = '', part = '', power = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(written) ?? [];
  const digits = (whole + part).replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  return kept === '' ? '0' : `${sign}${kept}e${Number(power) - part.length + digits.length - kept.length}`;
}

/** A number of JSON: as JavaScript has it where that is the same number, else as its text. */
function numberAs(written: string): number | Exact {
  const near = Number(written);
  return Number.isFinite(near) && decimal(String(near)) === decimal(written) ? near : new Exact(written);
}

/** What a person has typed as a number; undefined when it is none. */
export function numberOf(typed: string): number | Exact | undefined {
  const written = typed.trim();
  if (NUMBER.test(written)) return numberAs(written);
  const number = Number(written);
  return written !== '' && Number.isFinite(number) ? number : undefined;
}

/** Behind the end of a string that begins at a place. */
function behind(text: string, from: number): number {
  for (let end = text.indexOf('"', from + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return end + 1;
  }
  return text.length;
}

/** The text with the numbers that JavaScript does not keep as strings that have the mark; the same text when it has none. */
function marked(text: string): string {
  const token = new RegExp(TOKEN);
  const parts: string[] = [];
  let taken = 0;
  for (let found = token.exec(text); found; found = token.exec(text)) {
    const [written] = found;
    if (written === '"') token.lastIndex = behind(text, found.index);
    else if (SUSPECT.test(written) && numberAs(written) instanceof Exact) {
      parts.push(text.slice(taken, found.index), `"${MARK}${written}"`);
      taken = token.lastIndex;
    }
  }
  return taken === 0 ? text : parts.join('') + text.slice(taken);
}

/** Reads JSON; throws what `JSON.parse` throws. */
export function readJson(text: string): unknown {
  const exact = SUSPECT.test(text) ? marked(text) : text;
  if (exact === text) return JSON.parse(text) as unknown;
  // Strings stand in more places than numbers, so that what is no JSON is refused as it is.
  JSON.parse(text);
  return JSON.parse(exact, (_, value: unknown) => (typeof value === 'string' && value.startsWith(MARK) ? new Exact(value.slice(MARK.length)) : value)) as unknown;
}

/** Writes JSON, with every number as it was read. */
export function writeJson(value: unknown, indent?: number): string {
  const kept: Exact[] = [];
  const written = JSON.stringify(value, function replace(this: Record<string, unknown>, name, one: unknown) {
    const itself = this[name];
    if (!(itself instanceof Exact)) return one;
    kept.push(itself);
    return MARK + itself.toString();
  }, indent);
  return kept.length === 0 ? written : written.replace(MARKED, '$1');
}

/** Whether it is an object of JSON, with members. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Exact);
}

/** Whether two values that are neither objects nor lists are the same. */
export function same(one: unknown, other: unknown): boolean {
  return Object.is(one, other) || (one instanceof Exact && other instanceof Exact && decimal(String(one)) === decimal(String(other)));
}
