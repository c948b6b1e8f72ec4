import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { Markdown, safeLink } from '../../main/web/ui/markdown';

function rendered(source: string): string {
  return renderToStaticMarkup(createElement(Markdown, { source }));
}

const HOSTILE = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  '<iframe src="javascript:alert(1)"></iframe>',
  '[click](javascript:alert(1))',
  '[click](JaVaScRiPt:alert(1))',
  '[click](\tjavascript:alert(1))',
  '[click](data:text/html;base64,PHNjcmlwdD4=)',
  '[click](vbscript:x)',
  '[click](//evil.example)',
  '![x](https://evil.example/pixel.png)',
  '![x" onerror="alert(1)](x)',
  '[x](https://a.example/"onmouseover="alert(1))',
  '**<b onclick=alert(1)>**',
  '`<script>`',
  '```\n</code></pre><script>alert(1)</script>\n```',
  '# <style>*{display:none}</style>',
  '- <form action=https://evil.example><input></form>',
  '<a href="javascript:alert(1)">x</a>',
  '&lt;script&gt;',
];

/** What somebody might put into the README of a plugin, whole. */
const READMES = [
  '# <img src=x onerror=alert(1)>\n\n<details open ontoggle=alert(1)>x</details>',
  '# Safe\n\n[Install now](javascript:fetch("/api/v1/api-keys",{method:"POST"}))\n\n[![badge](https://evil.example/b.svg)](javascript:alert(1))',
  '<meta http-equiv="refresh" content="0;url=https://evil.example">\n<base href="https://evil.example/">\n<link rel=stylesheet href=https://evil.example/x.css>',
  '- [ ] <input autofocus onfocus=alert(1)>\n1. <math><mtext><script>alert(1)</script></mtext></math>',
  '```html\n<script>alert(1)</script>\n```\n~~~\n</pre><script>alert(1)</script>',
  '[ref]: javascript:alert(1)\n\n[ref]\n\n<javascript:alert(1)>\n\n<https://evil.example/>',
  '| a | <b onmouseover=alert(1)>b</b> |\n|---|---|\n| `<script>` | x |',
  '\u202e[txt](https://a.example/\u202e)\n\n\u0000<script>\u0000alert(1)</script>',
  `# ${'a'.repeat(70_000)}<script>alert(1)</script>`,
];

describe('Markdown of strangers', () => {
  it.each([...HOSTILE, ...READMES])('brings no markup of its own: %s', (source) => {
    const tags = [...rendered(source).matchAll(/<\/?([a-z0-9]+)([^>]*)>/g)];
    for (const [, tag, attributes] of tags) {
      expect(['div', 'p', 'a', 'code', 'pre', 'strong', 'em', 'span', 'ul', 'ol', 'li', 'h3']).toContain(tag);
      expect(attributes?.replace(/"[^"]*"/g, '')).not.toMatch(/\bon|src|style/);
    }
    for (const [, address] of rendered(source).matchAll(/href="([^"]*)"/g)) expect(address).toMatch(/^https?:/);
  });

  it('is shown as what it means', () => {
    const shown = rendered('# Title\n\nSome **bold** and `code`.\nGoes on.\n\n- one\n- two\n\n1. first\n\n[site](https://a.example/b)');
    expect(shown).toContain('Title</h3>');
    expect(shown).toContain('<strong class="font-semibold">bold</strong>');
    expect(shown).toContain('. Goes on.</p>');
    expect(rendered('**`docs.read`** gives *what `it` reads*')).toMatch(/<strong[^>]*><code[^>]*>docs\.read<\/code><\/strong> gives <em>what <code[^>]*>it<\/code> reads<\/em>/);
    expect(shown).toMatch(/<ul[^>]*><li>one<\/li><li>two<\/li><\/ul>/);
    expect(shown).toMatch(/<ol[^>]*><li>first<\/li><\/ol>/);
    expect(shown).toContain('href="https://a.example/b"');
    expect(shown).toContain('rel="noopener noreferrer nofollow"');
  });

  it('ends, however it is nested', () => {
    for (const part of ['*', '[', '`', '![', '[x](', '**', '# ']) expect(rendered(part.repeat(60_000))).toContain('<');
    expect(rendered('```\nnever closed')).toContain('never closed');
  });

  it('follows links only to the web', () => {
    expect(safeLink('https://a.example')).toBe('https://a.example/');
    expect(safeLink('ftp://a.example')).toBeUndefined();
    expect(safeLink('/relative')).toBeUndefined();
  });
});
