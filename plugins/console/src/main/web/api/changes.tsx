import { useQueryClient, type Query, type QueryClient, type QueryKey } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { NOTHING, Told } from './asking';
import { namesOf, shows } from './collections';
import { connection } from './connection';
import { useEventStream } from './live';
import { asProblem } from './problem';
import { useSession } from './session';
import { useInSight } from './sight';
import type { ServerEvent } from './sse';

/** Whatever changes while an answer is on its way is asked for once more, this much later. */
const AGAIN_MILLIS = 1_000;

/**
 * Follows what changes of the tenant that is shown, for as long as the page is seen: a browser has only a few
 * connections for all its pages, and who comes back sees everything anew.
 */
export function ChangesProvider({ children }: { children: ReactNode }) {
  const session = useSession();
  const visible = useInSight();
  const [told, setTold] = useState(NOTHING);
  return (
    <Told value={told}>
      {visible && <Following key={`${session.principal.id} ${session.tenant}`} onTold={setTold} />}
      {children}
    </Told>
  );
}

/** One stream. */
function Following({ onTold }: { onTold: (collections: ReadonlySet<string>) => void }) {
  const queries = useQueryClient();
  const onEvent = ({ type, data }: ServerEvent) => {
    if (type === 'changed') {
      const names = namesOf(data);
      refresh(queries, (key) => names.some((name) => shows(name, key)));
    } else if (type === 'opened') {
      onTold(new Set(namesOf(data)));
      // What was changed before somebody listened.
      refresh(queries, () => true);
    }
  };
  const liveness = useEventStream('/api/v1/changes', onEvent, () => false);
  const live = liveness.state === 'live';
  const problem = liveness.state === 'stale' ? liveness.problem : undefined;
  useEffect(() => {
    if (live) return () => onTold(NOTHING);
    return undefined;
  }, [live, onTold]);
  useEffect(() => {
    if (problem?.code === 'console:UNREACHABLE') connection.lost();
    // The caller is not known any more, or the tenant that is acted for.
    if (problem?.status === 401 || problem?.status === 404) void queries.invalidateQueries({ queryKey: ['identity'] });
  }, [problem, queries]);
  return null;
}

function refresh(queries: QueryClient, wanted: (key: QueryKey) => boolean) {
  const predicate = ({ queryKey, state }: Query) => wanted(queryKey) && !(state.data === undefined && refused(state.error));
  const ask = () => void queries.invalidateQueries({ predicate }, { cancelRefetch: false });
  if (queries.isFetching({ predicate }) > 0) setTimeout(ask, AGAIN_MILLIS);
  ask();
}

/** What is not there, or not for this person, stays as it is shown until it is asked for by whoever sees it. */
function refused(error: Error | null): boolean {
  return error !== null && [403, 404].includes(asProblem(error).status);
}
