import { useQuery } from '@tanstack/react-query';
import { useAsking } from '@/api/asking';
import { api, body } from '@/api/client';
import { text } from '@/strings';

const MOST = 99;

/** How many wait for somebody; beside the room's name wherever one is. */
export function PendingBadge() {
  const asking = useAsking(['approvals'], 4_000);
  const pending = useQuery({
    queryKey: ['approvals', 'pending'],
    queryFn: () => body(api.GET('/api/v1/approvals', { params: { query: { state: 'PENDING', limit: `${MOST + 1}` } } })),
    refetchInterval: asking,
  });
  const count = pending.data?.items.length ?? 0;
  if (count === 0) return null;
  const shown = count > MOST ? `${MOST}+` : `${count}`;
  return <span className="tabular ml-auto rounded-full bg-warn-wash px-2 py-0.5 text-xs font-semibold text-warn">{shown}<span className="sr-only"> {text.approvals.waiting}</span></span>;
}
