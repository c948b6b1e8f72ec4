import { describe, expect, it } from 'vitest';
import { allowed } from '../../main/web/api/server';

describe('The servers that a page may talk to', () => {
  it('are those that its content security policy names', () => {
    expect(allowed("default-src 'none'; connect-src 'self' http://127.0.0.1:7778 https://b.example.org; img-src https://c.example")).toEqual(['http://127.0.0.1:7778', 'https://b.example.org']);
  });

  it('are none when it names none', () => {
    expect(allowed("default-src 'none'; connect-src 'self'; img-src 'self'")).toEqual([]);
    expect(allowed('')).toEqual([]);
  });
});
