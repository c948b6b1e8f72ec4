import { useEffect, useRef, useState } from 'react';
import { connection } from './connection';
import { credentialHeaders } from './credential';
import { asProblem, Problem, problemOf, unreachable } from './problem';
import { useInSight } from './sight';
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
const LEAST_WAIT_MILLIS = 500;
const MOST_WAIT_MILLIS = 15_000;
/** So long a server is obeyed that asks to be left alone. */
const MOST_ASKED_MILLIS = 600_000;
/** Whoever looks at another page for longer than this needs no stream here: a browser has six connections for all pages. */
const OUT_OF_SIGHT_MILLIS = 60_000;

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

/** The milliseconds until a stream is opened again: more after each failure, and no fewer than the server asks for. */
export function pauseAfter(failures: number, problem: Problem | undefined): number {
  const asked = (problem?.retryAt ?? 0) - Date.now();
  return Math.max(Math.min(LEAST_WAIT_MILLIS * 2 ** failures, MOST_WAIT_MILLIS), Math.min(asked, MOST_ASKED_MILLIS));
}

/** What is known of a stream, however often it is opened. */
interface Seen {
  url: string;
  last: string;
  over: boolean;
  fresh: number;
}

/**
 * Follows a stream of events for as long as the view is shown: resumes behind the last event when the connection breaks
 * or the page is seen again after a long time, and ends when the server closes the stream behind its last event.
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
  const known = useRef<Seen>(undefined);
  const inSight = useInSight(OUT_OF_SIGHT_MILLIS);
  useEffect(() => {
    handlers.current = { onEvent, ended };
  });
  useEffect(() => {
    if (url === undefined || !inSight) return;
    if (known.current?.url !== url) known.current = { url, last: '', over: false, fresh: Date.now() };
    const seen = known.current;
    if (seen.over) {
      setLiveness({ state: 'ended' });
      return;
    }
    const abort = new AbortController();
    const stopped = () => abort.signal.aborted;
    setLiveness({ state: 'connecting' });
    const follow = async () => {
      for (let failures = 0; !stopped(); failures++) {
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
              failures = 0;
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
        await new Promise((resolve) => setTimeout(resolve, pauseAfter(failures, problem)));
      }
      if (!stopped()) setLiveness({ state: 'ended' });
    };
    void follow();
    return () => abort.abort();
  }, [url, inSight]);
  return liveness;
}
