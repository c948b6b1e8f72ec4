import { describe, expect, it } from 'vitest';
import { cut, exact, exactJson, initial, json, legible, plain } from '../../main/web/ui/legible';

const TURNED = 'safe\u202etxt.exe';

describe('what strangers write', () => {
  it('as a name shows what would turn it around or is not seen', () => {
    expect(legible(TURNED)).toBe('safe⟨U+202E⟩txt.exe');
    expect(legible('a\u0000b\u001b[31mc\u200bd\ufeff')).toBe('a⟨U+0000⟩b⟨U+001B⟩[31mc⟨U+200B⟩d⟨U+FEFF⟩');
    expect(legible('one\r\n\ttwo')).toBe('one two');
    expect(legible('\u{e0041}')).toBe('⟨U+E0041⟩');
  });

  it('leaves other writing as it is', () => {
    for (const name of ['Ärger & Söhne', 'שלום', 'مرحبا', '👩‍👩‍👧', 'می‌خواهم', "<img src=x onerror='1'>"]) expect(legible(name)).toBe(name);
  });

  it('is cut where a name is too long, and says how long it is', () => {
    expect(legible('x'.repeat(160))).toBe('x'.repeat(160));
    expect(legible('x'.repeat(10_000))).toBe(`${'x'.repeat(160)}… (10,000 characters)`);
    expect(legible('\u202e'.repeat(10_000)).length).toBeLessThan(200);
    expect(legible('👍'.repeat(500), 10)).toBe(`${'👍'.repeat(10)}… (1,000 characters)`);
  });

  it('when somebody has to agree to it shows every character', () => {
    expect(exact('one\n\ttwo')).toBe('one\n\ttwo');
    expect(exact('a\u200cb\u{e0041}c\ufe0fd\u3164e\u2800\r')).toBe('a⟨U+200C⟩b⟨U+E0041⟩c⟨U+FE0F⟩d⟨U+3164⟩e⟨U+2800⟩⟨U+000D⟩');
    for (const text of ['Ärger & Söhne', 'שלום', 'مرحبا', "<img src=x onerror='1'>"]) expect(exact(text)).toBe(text);
  });

  it('when somebody has to agree to it has no space that is another one', () => {
    expect(exact('a b\u00a0c\u2009d\u202fe\u3000f')).toBe('a b⟨U+00A0⟩c⟨U+2009⟩d⟨U+202F⟩e⟨U+3000⟩f');
  });

  it('as JSON to agree to means the same, and each character is seen', () => {
    const value = { 'a\u00a0b': ['\u200c\u{e0041}\ufe0f\u3164', TURNED, 'line\nnext', 9] };
    for (const indent of [undefined, 2]) {
      const written = exactJson(value, indent);
      expect(JSON.parse(written)).toEqual(value);
      expect(written).not.toMatch(/\u00a0|\u200c|\u{e0041}|\ufe0f|\u3164|\u202e/u);
    }
    expect(exactJson(value, 2).split('\n')).toHaveLength(8);
  });

  it('has a letter of its own where there is no room', () => {
    expect([TURNED, '<img src=x>', '⟨…⟩', 'ärger'].map(initial)).toEqual(['S', 'I', '?', 'Ä']);
  });

  it('at length is cut, and says so', () => {
    expect(cut('x'.repeat(12), 10)).toBe('xxxxxxxxxx… (12 characters)');
    expect(cut('x'.repeat(10), 10)).toBe('xxxxxxxxxx');
  });

  it('at length keeps its lines and its marks of direction', () => {
    expect(plain(`first\n\tsecond \u200f${TURNED}\u0007`)).toBe('first\n\tsecond \u200fsafe⟨U+202E⟩txt.exe⟨U+0007⟩');
  });

  it('as JSON means the same, with nothing that is not seen', () => {
    const value = { path: TURNED, '\u2066key': ['\u{e0041}', '\u009b', 'line\nnext', 'é'] };
    for (const indent of [undefined, 2]) {
      const written = json(value, indent);
      expect(JSON.parse(written)).toEqual(value);
      expect(written).not.toMatch(/[\u202e\u2066\u009b\u{e0041}]/u);
      expect(written).toContain('safe\\u202etxt.exe');
    }
    expect(json(value, 2).split('\n')).toHaveLength(9);
  });
});
