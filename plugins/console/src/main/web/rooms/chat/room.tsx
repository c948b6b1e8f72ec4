import { useQuery } from '@tanstack/react-query';
import { MessagesSquare, MessageSquarePlus } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import { api, body, every, type Schemas } from '@/api/client';
import { text } from '@/strings';
import { Button } from '@/ui/button';
import { SelectField } from '@/ui/field';
import { Long } from '@/ui/long';
import { Page } from '@/ui/page';
import { Empty, Failure, Loading, Notice } from '@/ui/states';
import { Composer } from './composer';
import { Following, FollowingContext } from './following';
import { Turn } from './turn';
import { useVariants } from './variants';

const words = text.chat;

/**
 * A conversation with an agent. Agent, session and answers that were asked for again are in the address, and each turn
 * follows the events of its execution: whoever loads the page again in the middle of an answer sees it go on.
 */
export default function ChatRoom() {
  const [search, setSearch] = useSearchParams();
  const agents = useQuery({ queryKey: ['agents'], queryFn: () => every((query) => body(api.GET('/api/v1/agents', { params: { query } }))) });
  if (agents.isPending) return <Page title={words.title} lead={words.lead}><Loading /></Page>;
  if (agents.isError && !agents.data) return <Failure whole thrown={agents.error} retry={() => void agents.refetch()} />;
  const agent = agents.data.items.find((found) => found.id === search.get('agent')) ?? agents.data.items[0];
  if (!agent) return <Page title={words.title} lead={words.lead}><Empty title={words.noAgents}>{words.noAgentsDetail}</Empty></Page>;
  const session = search.get('session');
  return (
    <Page
      title={words.title}
      lead={words.lead}
      actions={
        <>
          <SelectField hidden label={words.agent} value={agent.id} onChange={(event) => setSearch({ agent: event.target.value })}>
            {agents.data.items.map((found) => <option key={found.id} value={found.id}>{found.id}</option>)}
          </SelectField>
          <Button icon={<MessageSquarePlus size={16} aria-hidden />} onClick={() => setSearch({ agent: agent.id })}>{words.fresh}</Button>
        </>
      }
    >
      <Conversation key={agent.id + (session ?? '')} agent={agent} session={session} onBegin={(begun) => setSearch({ agent: agent.id, session: begun }, { replace: true })} />
    </Page>
  );
}

function Conversation({ agent, session, onBegin }: { agent: Schemas['Agent']; session: string | null; onBegin: (session: string) => void }) {
  const turns = useQuery({
    queryKey: ['executions', 'of-session', session],
    queryFn: () => body(api.GET('/api/v1/executions', { params: { query: { session: session ?? '', limit: '50' } } })),
    enabled: session !== null,
  });
  const variants = useVariants();
  const [following] = useState(() => new Following());
  const end = useRef<HTMLDivElement>(null);
  const count = turns.data?.items.length ?? 0;
  useEffect(() => {
    // Newer browsers answer with a promise, which an effect must not return.
    end.current?.scrollIntoView({ block: 'end' });
  }, [count]);
  return (
    <div className="mx-auto flex w-full max-w-3xl flex-1 flex-col gap-5">
      <div className="flex-1">
        {session === null && <Notice icon={<MessagesSquare size={22} />} title={agent.name}><Long key={agent.id} written={agent.description} /><span className="mt-2 block text-xs">{words.begin}</span></Notice>}
        {session !== null && turns.isPending && <Loading />}
        {turns.isError && <Failure thrown={turns.error} retry={() => void turns.refetch()} />}
        <FollowingContext value={following}>
          <ol className="flex flex-col gap-6">{turns.data?.items.toReversed().map((execution) => <Turn key={execution.id} execution={execution} variants={variants.of(execution.id)} onAgain={variants.add} />)}</ol>
        </FollowingContext>
        <div ref={end} />
      </div>
      <Composer agent={agent} session={session} onBegin={onBegin} />
    </div>
  );
}
