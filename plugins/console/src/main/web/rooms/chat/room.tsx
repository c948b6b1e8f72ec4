import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { MessageSquarePlus, SendHorizontal } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import { api, body, done, once, type Schemas } from '@/api/client';
import { text } from '@/strings';
import { Button, IconButton } from '@/ui/button';
import { SelectField, TextArea } from '@/ui/field';
import { JsonField, parsed } from '@/ui/json-field';
import { Page } from '@/ui/page';
import { Empty, Failure, Loading } from '@/ui/states';
import { Turn } from './turn';
import { spokenMember } from './words';

const words = text.chat;

/**
 * A conversation with an agent. Agent and session are in the address, and each turn follows the events of its execution:
 * whoever loads the page again in the middle of an answer sees it go on.
 */
export default function ChatRoom() {
  const [search, setSearch] = useSearchParams();
  const agents = useQuery({ queryKey: ['agents'], queryFn: () => body(api.GET('/api/v1/agents')) });
  if (agents.isPending) return <Page title={words.title} lead={words.lead}><Loading /></Page>;
  if (agents.isError) return <Failure whole thrown={agents.error} retry={() => void agents.refetch()} />;
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
  const end = useRef<HTMLDivElement>(null);
  const count = turns.data?.items.length ?? 0;
  useEffect(() => {
    // Newer browsers answer with a promise, which an effect must not return.
    end.current?.scrollIntoView({ block: 'end' });
  }, [count]);
  return (
    <div className="mx-auto flex w-full max-w-3xl flex-1 flex-col gap-5">
      <div className="flex-1">
        {session === null && <Empty title={words.begin}>{words.beginDetail(agent.description)}</Empty>}
        {session !== null && turns.isPending && <Loading />}
        {turns.isError && <Failure thrown={turns.error} retry={() => void turns.refetch()} />}
        <ol className="flex flex-col gap-6">{turns.data?.items.toReversed().map((execution) => <Turn key={execution.id} execution={execution} />)}</ol>
        <div ref={end} />
      </div>
      <Composer agent={agent} session={session} onBegin={onBegin} />
    </div>
  );
}

function Composer({ agent, session, onBegin }: { agent: Schemas['Agent']; session: string | null; onBegin: (session: string) => void }) {
  const [said, setSaid] = useState('');
  const [other, setOther] = useState('{}');
  const queries = useQueryClient();
  const more = parsed(other)?.value;
  const attempt = useRef<{ of: string; to: string; header: ReturnType<typeof once> }>(undefined);
  const send = useMutation({
    mutationFn: async (words: string) => {
      // Whoever sends the same again because no answer came, means it once.
      const of = JSON.stringify([words, other]);
      if (attempt.current?.of !== of) attempt.current = { of, to: session ?? `chat-${crypto.randomUUID()}`, header: once() };
      const { to, header } = attempt.current;
      const extra = more as Record<string, unknown>;
      const member = spokenMember(agent.inputSchema);
      await done(member === undefined
        ? api.POST('/api/v1/sessions/{id}/messages', { params: { path: { id: to }, header }, body: { agent: agent.id, message: words, input: extra, whenBusy: 'enqueue' } })
        : api.POST('/api/v1/executions', { params: { header }, body: { agent: agent.id, session: to, whenBusy: 'enqueue', input: { ...extra, [member]: words } } }));
      return to;
    },
    onSuccess: async (to) => {
      attempt.current = undefined;
      setSaid('');
      if (session === null) onBegin(to);
      await queries.invalidateQueries({ queryKey: ['executions', 'of-session'] });
    },
  });
  const ready = said.trim() !== '' && typeof more === 'object' && more !== null && !send.isPending;
  const submit = () => ready && send.mutate(said.trim());
  return (
    <form
      className="sticky bottom-0 flex flex-col gap-2 rounded-2xl border bg-surface p-3 shadow-float"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {send.isError && <Failure compact thrown={send.error} />}
      <div className="flex items-end gap-2">
        <div className="flex-1">
          <TextArea
            hidden
            label={words.say}
            placeholder={words.placeholder(agent.name)}
            rows={2}
            className="min-h-14 resize-none"
            value={said}
            onChange={(event) => setSaid(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
                event.preventDefault();
                submit();
              }
            }}
          />
        </div>
        <IconButton type="submit" label={words.send} disabled={!ready} className="bg-accent text-on-accent! hover:bg-accent-strong"><SendHorizontal size={18} aria-hidden /></IconButton>
      </div>
      <details>
        <summary className="text-xs text-soft">{words.more}</summary>
        <div className="pt-2"><JsonField rows={5} label={words.more} hint={words.moreHint} value={other} onChange={setOther} /></div>
      </details>
    </form>
  );
}
