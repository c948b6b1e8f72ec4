import { writeJson } from '@/api/exact';
import { text } from '@/strings';

/**
 * What strangers call things, made fit to be read. Characters that are not seen, or that turn the order of others around,
 * make one name look like another; they are shown as their numbers. The two that join letters are part of words and signs.
 */
const UNSEEN = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
/** In running text, marks of direction are part of some languages; these two override the direction of everything. */
const OVERRIDING = /(?![\n\t\r])[\p{Cc}\u202d\u202e]/gu;
/**
 * All that may stand in a text unseen, with what chooses between forms of a letter, of which enough are a message, and
 * with whatever looks like a space and is another character.
 */
const HIDDEN = /(?![\n\t ])[\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu;
const BREAKS = /[\t\r\n]+/g;
const MOST = 160;

function numbered(character: string): string {
  return `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;
}

/** A name, in one line: what is long ends with how long it is. */
export function legible(name: string, most = MOST): string {
  const line = name.slice(0, most * 8).replace(BREAKS, ' ').replace(UNSEEN, numbered);
  const characters = Array.from(line);
  return characters.length <= most ? line : `${characters.slice(0, most).join('')}… ${text.common.characters(name.length)}`;
}

/** What somebody wrote at length, in its own lines. */
export function plain(written: string): string {
  return written.replace(OVERRIDING, numbered);
}

/** What somebody has to agree to, in its own lines: each character is seen, also those that other writing needs. */
export function exact(written: string): string {
  return written.replace(HIDDEN, numbered);
}

/** The letter by which something is known where there is no room for its name. */
export function initial(name: string): string {
  return legible(name).match(/[\p{L}\p{N}]/u)?.[0].toUpperCase() ?? '?';
}

/** The end of an id, which tells it from others of its kind: short enough to be typed by whoever means exactly that one. */
export function ending(id: string): string {
  return id.slice(-6);
}

/** So much of a text as fits beside others; what is cut says how long it is. */
export function cut(written: string, most = 1_000): string {
  return written.length <= most ? written : `${written.slice(0, most)}… ${text.common.characters(written.length)}`;
}

/** A value as JSON in which no character turns others around or hides; such a one is escaped, so that it means the same. */
export function json(value: unknown, indent?: number): string {
  return writeJson(value, indent).replace(UNSEEN, (found) => (found === '\n' ? found : escaped(found)));
}

/** A value that somebody has to agree to as JSON: what is not seen is escaped, also what other writing needs. */
export function exactJson(value: unknown, indent?: number): string {
  return writeJson(value, indent).replace(HIDDEN, escaped);
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');
}
