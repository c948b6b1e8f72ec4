import { useMutation, useQuery } from '@tanstack/react-query';
import { ChevronLeft, ChevronRight, RefreshCw } from 'lucide-react';
import { useState } from 'react';
import { useAttempt } from '@/api/attempt';
import { api, body, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { text } from '@/strings';
import { Button, IconButton } from '@/ui/button';
import { plain } from '@/ui/legible';
import { Failure } from '@/ui/states';
import { Answer } from './answer';
import { questionOf } from './words';

type Execution = Schemas['Execution'];

const words = text.chat;

/** Checkpoint 0 of an execution in a session is its input alone; from the one behind it the answer begins. */
const BEGINNING = 1;

/** What was said, and what the agent makes of it: one answer, and others that were asked for again. */
export function Turn({ execution: listed, variants, onAgain }: { execution: Execution; variants: Execution[]; onAgain: (execution: string) => void }) {
  const [chosen, setChosen] = useState<number>();
  // A list leaves the input out.
  const whole = useQuery({
    queryKey: ['executions', listed.id],
    queryFn: () => body(api.GET('/api/v1/executions/{id}', { params: { path: { id: listed.id } } })),
    initialData: listed,
    initialDataUpdatedAt: 0,
  });
  const execution = whole.data;
  const answers = [execution, ...variants];
  const index = Math.min(chosen ?? answers.length - 1, answers.length - 1);
  const shown = answers[index] ?? execution;
  const may = useCan('executions:write');
  const attempt = useAttempt();
  const again = useMutation({
    mutationFn: async () => {
      const begun = await attempt('again', (header) => body(api.POST('/api/v1/executions/{id}/fork', { params: { path: { id: execution.id }, header }, body: { checkpoint: BEGINNING } })));
      return typeof begun === 'object' ? begun.id : '';
    },
    onSuccess: (id) => {
      setChosen(undefined);
      if (id) onAgain(id);
    },
  });
  const actions = (
    <>
      {may && <Button look="quiet" className="h-7 px-2 text-xs" busy={again.isPending} icon={<RefreshCw size={13} aria-hidden />} onClick={() => again.mutate()}>{words.again}</Button>}
      {answers.length > 1 && (
        <span role="group" aria-label={words.answers} className="inline-flex items-center">
          <IconButton label={words.answerBefore} className="size-7" disabled={index === 0} onClick={() => setChosen(index - 1)}><ChevronLeft size={15} aria-hidden /></IconButton>
          <span className="tabular" aria-live="polite">{words.answerOf(index + 1, answers.length)}</span>
          <IconButton label={words.answerAfter} className="size-7" disabled={index === answers.length - 1} onClick={() => setChosen(index + 1)}><ChevronRight size={15} aria-hidden /></IconButton>
        </span>
      )}
    </>
  );
  return (
    <li className="flex flex-col gap-3">
      <div className="max-w-[85%] self-end rounded-2xl rounded-br-md bg-accent px-4 py-2.5 break-words whitespace-pre-wrap text-on-accent">
        <span className="sr-only">{words.you}: </span>{execution.input ? plain(questionOf(execution.input)) : '…'}
      </div>
      <Answer key={shown.id} execution={shown} actions={actions} />
      {again.isError && <Failure compact thrown={again.error} />}
    </li>
  );
}
