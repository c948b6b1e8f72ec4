import { useState } from 'react';
import { once } from './client';
import { writeJson } from './exact';
import { asProblem } from './problem';

/**
 * Sends something that is to happen once: whoever sends the same again because no answer came, means it once.
 *
 * @param content what is sent; another content is another deed
 * @param send sends it under that header
 */
export type Attempt = <T>(content: unknown, send: (header: ReturnType<typeof once>) => Promise<T>) => Promise<T>;

/** Attempts of one dialog, or of whatever else a person does one thing with. */
export function attempts(): Attempt {
  let kept: { of: string; header: ReturnType<typeof once> } | undefined;
  return async (content, send) => {
    const of = writeJson(content);
    if (kept?.of !== of) kept = { of, header: once() };
    try {
      const answer = await send(kept.header);
      kept = undefined;
      return answer;
    } catch (thrown) {
      if (definite(thrown)) kept = undefined;
      throw thrown;
    }
  };
}

/** Whether nothing was done, or the server has said that somebody has to look. */
function definite(thrown: unknown): boolean {
  const { status, code } = asProblem(thrown);
  return status > 0 && status < 500 && code !== 'server:IDEMPOTENCY_KEY_RUNNING';
}

/** Attempts that last as long as the component does. */
export function useAttempt(): Attempt {
  return useState(attempts)[0];
}
