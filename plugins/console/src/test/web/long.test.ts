import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { Long } from '../../main/web/ui/long';

describe('what somebody wrote at length', () => {
  const shown = (written: string) => renderToStaticMarkup(createElement(Long, { written }));

  it('is whole where it is short', () => {
    expect(shown('Answers questions.')).toBe('Answers questions.');
  });

  it('is its beginning, how long it is, and a button for the rest', () => {
    const long = shown('x'.repeat(10_000));
    expect(long.match(/x{20,}/)?.[0]).toHaveLength(300);
    expect(long).toContain('(10,000 characters)');
    expect(long).toMatch(/<button[^>]*aria-expanded="false"[^>]*>Show more<\/button>/);
  });
});
