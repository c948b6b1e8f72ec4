import { useEffect, useRef, useState } from 'react';
import { connection } from './connection';
import { credentialHeaders } from './credential';
import { asProblem, Problem, problemOf, unreachable } from './problem';
import { at } from './server';
import { EventParser, type ServerEvent } from './sse';

/** What a view says of how fresh it is. */
export type Liveness =
  | { state: 'connecting' }
  | { state: 'live' }
  | { state: 'stale'; since: number; problem?: Problem }
  | { state: 'ended' };

/** The server sends a comment every 15 seconds; after twice that and a little the stream is taken for dead. */
const SILENCE_MILLIS = 35_000;
const MOST_WAIT_MILLIS = 15_000;

interface Follow {
  url: string;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  content?: string;
  /** Continue behind the event of this id. */
  after?: string;
  onEvent: (event: ServerEvent) => void;
  /** Called whenever anything has come, which the server's comments between events are as well. */
  onHeard?: () => void;
  /** Called with the answer's headers before the first event. */
  onOpen?: (response: Response) => void;
  signal: AbortSignal;
}

/** Reads one stream to its end. Rejects with a Problem when it cannot be had or breaks. */
export async function readStream(follow: Follow): Promise<void> {
  const method = follow.method ?? 'GET';
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE_MILLIS);
  try {
    const response = await fetch(at(follow.url), {
      method,
      credentials: 'same-origin',
      signal: AbortSignal.any([follow.signal, silence.signal]),
      headers: {
        Accept: 'text/event-stream',
        ...credentialHeaders(method),
        ...follow.headers,
        ...(follow.after ? { 'Last-Event-ID': follow.after } : {}),
      },
      ...(follow.content === undefined ? {} : { body: follow.content }),
    });
    if (!response.ok || !response.body) throw await problemOf(response);
    connection.heard();
    follow.onHeard?.();
    follow.onOpen?.(response);
    const parser = new EventParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MILLIS);
      follow.onHeard?.();
      parser.feed(part.value).forEach(follow.onEvent);
    }
  } catch (thrown) {
    // What breaks here that is no answer is the connection.
    throw thrown instanceof Problem ? thrown : unreachable();
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Follows a stream of events for as long as the view is shown: resumes behind the last event when the connection breaks,
 * and ends when the server closes the stream behind its last event.
 *
 * @param url undefined to follow nothing
 * @param ended whether this was the last event
 */
export function useEventStream(
  url: string | undefined,
  onEvent: (event: ServerEvent) => void,
  ended: (event: ServerEvent) => boolean,
): Liveness {
  const [liveness, setLiveness] = useState<Liveness>({ state: 'connecting' });
  const handlers = useRef({ onEvent, ended });
  useEffect(() => {
    handlers.current = { onEvent, ended };
  });
  useEffect(() => {
    if (url === undefined) return;
    const abort = new AbortController();
    const stopped = () => abort.signal.aborted;
    setLiveness({ state: 'connecting' });
    const follow = async () => {
      const seen = { last: '', over: false, fresh: Date.now(), failures: 0 };
      for (; !stopped(); seen.failures++) {
        let problem: Problem | undefined;
        try {
          await readStream({
            url,
            after: seen.last,
            signal: abort.signal,
            onOpen: () => setLiveness({ state: 'live' }),
            onHeard: () => {
              seen.fresh = Date.now();
            },
            onEvent: (event) => {
              seen.failures = 0;
              seen.last = event.id;
              seen.over ||= handlers.current.ended(event);
              handlers.current.onEvent(event);
            },
          });
        } catch (thrown) {
          problem = asProblem(thrown);
        }
        if (stopped()) return;
        if (seen.over) break;
        if (problem && [401, 403, 404].includes(problem.status)) {
          setLiveness({ state: 'stale', since: seen.fresh, problem });
          return;
        }
        if (problem) setLiveness({ state: 'stale', since: seen.fresh, problem });
        await new Promise((resolve) => setTimeout(resolve, Math.min(500 * 2 ** seen.failures, MOST_WAIT_MILLIS)));
      }
      if (!stopped()) setLiveness({ state: 'ended' });
    };
    void follow();
    return () => abort.abort();
  }, [url]);
  return liveness;
}
