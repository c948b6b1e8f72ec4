import { useQuery } from '@tanstack/react-query';
import { OctagonX, ShieldCheck } from 'lucide-react';
import { Link } from 'react-router';
import { api, body } from '@/api/client';
import { useAsking } from '@/api/asking';
import { useSession } from '@/api/session';
import { text } from '@/strings';
import { cx } from '@/ui/cx';

/** What is stopped now. */
export function useKillSwitches() {
  const session = useSession();
  const asking = useAsking(['kill-switches'], 5_000);
  return useQuery({
    queryKey: ['kill-switches', 'engaged'],
    queryFn: () => body(api.GET('/api/v1/kill-switches', { params: { query: { limit: '100' } } })),
    enabled: session.can('kill-switches:read'),
    refetchInterval: asking,
  });
}

/** Seen from every room: whether anything is stopped, and the way to the kill switches. */
export function KillIndicator() {
  const session = useSession();
  const switches = useKillSwitches();
  if (!session.can('kill-switches:read')) return null;
  const engaged = switches.data?.items.filter((found) => found.state === 'ENGAGED') ?? [];
  const all = engaged.some((found) => found.kind === 'platform' || (found.kind === 'tenant' && found.tenant === session.tenant));
  const words = text.common.kill;
  const label = switches.isError ? words.unknown : all ? words.everything : engaged.length > 0 ? words.engaged(engaged.length) : words.clear;
  return (
    <Link
      to="/kill-switches"
      className={cx(
        'inline-flex h-9 min-w-0 items-center gap-2 rounded-lg px-2 font-medium whitespace-nowrap sm:px-2.5',
        engaged.length > 0 ? 'bg-bad-fill text-on-accent' : 'text-soft hover:bg-sunken hover:text-ink',
      )}
    >
      {engaged.length > 0 ? <OctagonX size={17} className="shrink-0" aria-hidden /> : <ShieldCheck size={17} aria-hidden />}
      <span role="status" className={engaged.length > 0 ? 'truncate' : 'sr-only lg:not-sr-only'}>{label}</span>
    </Link>
  );
}
