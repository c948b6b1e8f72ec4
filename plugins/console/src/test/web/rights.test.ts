import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { Rights } from '../../main/web/rooms/access/rights';

describe('the rights of a role or a key', () => {
  const shown = (...scopes: string[]) => renderToStaticMarkup(createElement(Rights, { scopes }));

  it('are counted, and can be opened to be read', () => {
    const all = shown('sessions:read', 'agents:read');
    expect(all).toMatch(/<summary[^>]*>2 rights<\/summary>/);
    expect(all.indexOf('agents:read')).toBeGreaterThan(all.indexOf('</summary>'));
    expect(all.indexOf('sessions:read')).toBeGreaterThan(all.indexOf('agents:read'));
    expect(all).not.toContain('title=');
  });

  it('cannot be opened where there are none', () => {
    expect(shown()).toBe('0 rights');
  });
});
