import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it, vi } from 'vitest';

vi.hoisted(() => {
  vi.stubGlobal('location', { pathname: '/console/', origin: 'http://127.0.0.1' });
  vi.stubGlobal('sessionStorage', { getItem: () => null });
  vi.stubGlobal('localStorage', { getItem: () => null });
});

const { Permission } = await import('../../main/web/ui/permission');
const { Differences } = await import('../../main/web/rooms/store/consent');
const { InputField } = await import('../../main/web/rooms/chat/input-form');
const { Failure } = await import('../../main/web/ui/states');
const { Problem } = await import('../../main/web/api/problem');
const { When } = await import('../../main/web/ui/when');

/** Makes `gpj.exe` of what is written behind it. */
const TURNS = '\u202e';
const HIDES = '\u200b';

describe('what strangers wrote, where somebody agrees to it or chooses', () => {
  it('is a permission whose every character is seen', () => {
    const request = { permission: 'net.connect', phrase: 'connect to', target: `evil${TURNS}elpmaxe${HIDES}:443`, reason: '', risk: 'MEDIUM', optional: false } as const;
    const shown = renderToStaticMarkup(createElement(Permission, { request: request as never }));
    expect(shown).toContain('evil⟨U+202E⟩elpmaxe⟨U+200B⟩:443');
  });

  it('is what an update is allowed beyond the version before', () => {
    const changes = [{ type: 'WIDENED', phrase: 'connect to', before: 'a.example', after: `b${TURNS}.example` }];
    expect(renderToStaticMarkup(createElement(Differences, { changes: changes as never }))).toContain('b⟨U+202E⟩.example');
  });

  it('is a choice, which is sent as it is', () => {
    const shown = renderToStaticMarkup(createElement(InputField, { name: 'who', schema: { type: 'string', enum: [`safe${TURNS}lla`] }, required: true, value: undefined, onChange: () => undefined }));
    expect(shown).toContain(`value="safe${TURNS}lla"`);
    expect(shown).toContain('>safe⟨U+202E⟩lla</option>');
  });

  it('is the place of a fault', () => {
    const thrown = new Problem({ status: 400, code: 'server:BAD_REQUEST', errors: [{ pointer: `/a${TURNS}b`, code: 'x', message: 'is wrong' }] as never });
    expect(renderToStaticMarkup(createElement(Failure, { compact: true, thrown }))).toContain('/a⟨U+202E⟩b');
  });
});

describe('a time', () => {
  it('is said with its zone, beside how long ago it is where there is room', () => {
    const at = new Date(Date.now() - 3 * 3_600_000).toISOString();
    expect(renderToStaticMarkup(createElement(When, { at }))).toMatch(/title="[^"]*(UTC|GMT|[A-Z]{3,4})[^"]*"[^>]*>3 hr\. ago</);
    expect(renderToStaticMarkup(createElement(When, { at, whole: true }))).toMatch(/>3 hr\. ago .*· \w{3} \d+, \d{4}, \d\d:\d\d:\d\d [A-Z]/);
  });
});
