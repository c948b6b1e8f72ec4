import { beforeAll, describe, expect, it, vi } from 'vitest';
import { Problem, unreachable } from '@/api/problem';
import type { Attempt } from '@/api/attempt';

describe('a deed that is to happen once', () => {
  let attempts: () => Attempt;

  beforeAll(async () => {
    vi.stubGlobal('location', new URL('http://localhost/console/'));
    vi.stubGlobal('sessionStorage', { getItem: () => null });
    ({ attempts } = await import('@/api/attempt'));
  });

  /** Sends contents one after the other, each of which gets the answer beside it; returns the keys. */
  async function keysOf(...sent: [content: unknown, answer: Problem | undefined][]): Promise<string[]> {
    const attempt = attempts();
    const keys: string[] = [];
    for (const [content, answer] of sent) {
      await attempt(content, (header) => {
        keys.push(header['Idempotency-Key']);
        return answer ? Promise.reject(answer) : Promise.resolve();
      }).catch(() => undefined);
    }
    return keys;
  }

  const refused = new Problem({ status: 422, code: 'kernel:INVALID_FIELD' });
  const running = new Problem({ status: 409, code: 'server:IDEMPOTENCY_KEY_RUNNING' });
  const uncertain = new Problem({ status: 409, code: 'server:IDEMPOTENCY_KEY_UNCERTAIN' });
  const failed = new Problem({ status: 502 });

  it('has the same key until there is a definite answer', async () => {
    const [first, ...others] = await keysOf(['a', unreachable()], ['a', running], ['a', failed], ['a', undefined]);
    expect(others).toEqual([first, first, first]);
  });

  it('has another key behind a definite answer', async () => {
    for (const answer of [undefined, refused, uncertain]) {
      const [first, second] = await keysOf(['a', answer], ['a', undefined]);
      expect(second).not.toBe(first);
    }
  });

  it('has another key for another content', async () => {
    const [first, second] = await keysOf([{ name: 'a' }, unreachable()], [{ name: 'b' }, undefined]);
    expect(second).not.toBe(first);
  });
});
