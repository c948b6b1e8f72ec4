import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useEventStream, type Liveness } from '@/api/live';
import { EMPTY_HISTORY, isEnd, parseEvent, withEvents, type ExecutionEvent, type History } from './history';

/**
 * Follows the events; many that come at once are taken in together.
 *
 * @param follow whether to ask for events now; what came before stays
 */
export function useHistory(id: string, follow = true): { history: History; liveness: Liveness } {
  const [history, setHistory] = useState<History>(EMPTY_HISTORY);
  const waiting = useRef<ExecutionEvent[]>([]);
  const frame = useRef(0);
  const queries = useQueryClient();
  const onEvent = useCallback((sent: { data: string }) => {
    const event = parseEvent(sent.data);
    if (!event) return;
    waiting.current.push(event);
    if (event.type.startsWith('execution.')) void queries.invalidateQueries({ queryKey: ['executions', id], exact: true });
    if (frame.current === 0) {
      frame.current = window.setTimeout(() => {
        frame.current = 0;
        const batch = waiting.current;
        waiting.current = [];
        setHistory((now) => withEvents(now, batch));
      }, 60);
    }
  }, [id, queries]);
  useEffect(() => () => window.clearTimeout(frame.current), []);
  const liveness = useEventStream(follow ? `/api/v1/executions/${id}/events` : undefined, onEvent, (event) => isEnd(event.type));
  return { history, liveness };
}
