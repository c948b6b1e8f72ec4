import { useEffect, useMemo, useRef, useState } from 'react';
import { api, body, type Schemas } from '@/api/client';
import { because } from '@/api/reason';
import { useCan } from '@/api/session';
import { DifferenceList } from '@/rooms/executions/difference-list';
import { differences } from '@/rooms/executions/differences';
import { withheld as words } from '@/strings/plugins';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { compared, type Part } from '@/ui/compare';
import { Confirm } from '@/ui/confirm';
import { Json } from '@/ui/json';
import { exact, legible } from '@/ui/legible';

type Tool = NonNullable<Schemas['Plugin']['withheld']>[number];

/** So many are there to be read at once; of more, each is opened by itself. */
const OPEN = 3;

/**
 * The tools that are switched off because they say another thing of themselves than was agreed to: both texts, and the
 * agreement, which holds for exactly the text that was shown when it was ticked.
 */
export function Withheld({ plugin, follow }: { plugin: Schemas['Plugin']; follow: (operation: Schemas['Operation']) => void }) {
  const tools = plugin.withheld ?? [];
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<Tool[]>();
  const may = useCan('plugins:write');
  const section = useFocusOnNext(tools);
  if (tools.length === 0) return null;
  const chosen = tools.filter((tool) => ticked.has(tool.sha256));
  const tick = (digests: string[], on: boolean) => setTicked((now) => {
    const next = new Set(now);
    digests.forEach((digest) => (on ? next.add(digest) : next.delete(digest)));
    return next;
  });
  return (
    <section ref={section} aria-label={words.label} className="min-w-0 rounded-card border border-bad/40 bg-surface shadow-card">
      <header className="border-b px-5 py-3">
        <h2 className="font-semibold">{words.title(tools.length)}</h2>
        <p className="text-soft">{words.detail}</p>
      </header>
      <ul>
        {tools.map((tool) => (
          <li key={tool.tool} className="border-b px-5 py-4">
            <details open={tools.length <= OPEN}>
              <summary className="flex flex-wrap items-center gap-2">
                <code className="min-w-0 font-mono font-semibold break-all">{legible(tool.tool)}</code>
                <Badge tone={tool.agreed ? 'bad' : 'warn'}>{tool.agreed ? words.changed : words.added}</Badge>
              </summary>
              <Said tool={tool} />
              {may && (
                <label className="mt-3 flex gap-3">
                  <input type="checkbox" className="mt-0.5 size-4 shrink-0 accent-accent" checked={ticked.has(tool.sha256)} onChange={(event) => tick([tool.sha256], event.target.checked)} />
                  <span>{words.read}<span className="sr-only"> {legible(tool.tool)}</span></span>
                </label>
              )}
            </details>
          </li>
        ))}
      </ul>
      <footer className="flex flex-wrap items-center gap-3 px-5 py-3">
        {!may && <p className="text-soft">{words.needs}</p>}
        {may && tools.length > 1 && (
          <label className="mr-auto flex gap-3">
            <input type="checkbox" className="mt-0.5 size-4 shrink-0 accent-accent" checked={chosen.length === tools.length} onChange={(event) => tick(tools.map((tool) => tool.sha256), event.target.checked)} />
            <span>{words.all(tools.length)}</span>
          </label>
        )}
        {may && <Button look="primary" disabled={chosen.length === 0} onClick={() => setAsked(chosen)}>{words.agree(chosen.length)}</Button>}
      </footer>
      {asked && (
        <Confirm
          danger={false}
          title={words.sure(plugin.id, asked.length)}
          action={words.agree(asked.length)}
          reason="optional"
          onClose={() => setAsked(undefined)}
          run={async (reason, attempt) => {
            const content = { tools: Object.fromEntries(asked.map((tool) => [tool.tool, tool.sha256])) };
            follow(await attempt(content, (header) => body(api.POST('/api/v1/plugins/{id}/tools/agree', {
              params: { path: { id: plugin.id }, header }, headers: because(reason), body: content,
            }))));
          }}
        >
          <p>{words.sureDetail}</p>
          <ul className="flex flex-col gap-1">{asked.map((tool) => <li key={tool.tool}><code className="font-mono text-xs break-all">{legible(tool.tool)}</code></li>)}</ul>
        </Confirm>
      )}
    </section>
  );
}

/**
 * When tools are gone because they were agreed to, and the focus with them, it goes on to the next one that is left to
 * be read, and to the page's heading behind the last.
 */
function useFocusOnNext(tools: Tool[]) {
  const section = useRef<HTMLElement>(null);
  const before = useRef<string[]>([]);
  const key = tools.map(({ tool }) => tool).join('\n');
  useEffect(() => {
    const names = key.split('\n').filter(Boolean);
    const gone = before.current.findIndex((name) => !names.includes(name));
    before.current = names;
    const at = document.activeElement;
    const lost = at === null || at === document.body || (at instanceof HTMLButtonElement && at.disabled);
    if (gone < 0 || !lost) return;
    const left = section.current?.querySelectorAll<HTMLElement>(':scope > ul > li > details > summary') ?? [];
    (left[Math.min(gone, left.length - 1)] ?? document.querySelector('h1'))?.focus();
  }, [key]);
  return section;
}

/** What a tool says now beside what was agreed to, whole. */
function Said({ tool }: { tool: Tool }) {
  const { agreed } = tool;
  const kept = agreed?.description !== undefined;
  const before = agreed?.description ?? '';
  const said = useMemo(() => compared(before, tool.description), [before, tool.description]);
  const same = kept && agreed.description === tool.description;
  const changes = kept ? differences({ effect: agreed.effect, inputSchema: agreed.inputSchema ?? {} }, { effect: tool.effect, inputSchema: tool.inputSchema }) : [];
  return (
    <div className="mt-3 flex min-w-0 flex-col gap-3">
      {agreed && !kept && <p className="text-soft">{words.notKept} <code className="font-mono text-xs break-all">{agreed.sha256}</code></p>}
      {same && <p className="text-soft">{words.sameWords}</p>}
      <div role="group" aria-label={words.texts(tool.tool)} tabIndex={0} className="grid max-h-96 gap-x-4 overflow-y-auto rounded-lg border md:grid-flow-col md:auto-cols-fr focus-visible:-outline-offset-2">
        {kept && !same && <Text title={words.before} parts={said.before} mark="del" />}
        <Text title={same ? words.both : words.now} parts={kept ? said.after : [{ text: tool.description, same: true }]} mark="ins" />
      </div>
      {changes.length > 0 && <DifferenceList whole label={words.others(tool.tool)} changes={changes} />}
      {!kept && <p>{words.effect} <code className="font-mono text-xs">{tool.effect}</code></p>}
      <details open={!kept} className="min-w-0">
        <summary className="text-accent-ink">{words.schema}</summary>
        <div className="mt-2"><Json value={tool.inputSchema} label={words.schemaOf(tool.tool)} /></div>
      </details>
      <p className="text-xs text-soft">{words.digest} <code className="font-mono break-all">{tool.sha256}</code></p>
    </div>
  );
}

const MARKS = { del: 'bg-bad-wash line-through decoration-bad/50', ins: 'bg-good-wash underline decoration-good/50' };

function Text({ title, parts, mark: Mark }: { title: string; parts: Part[]; mark: 'del' | 'ins' }) {
  return (
    <section className="min-w-0 border-b p-3 last:border-b-0 md:border-r md:border-b-0 md:last:border-r-0">
      <h3 className="text-xs font-medium text-soft">{title}</h3>
      <p className="mt-1 break-words whitespace-pre-wrap">
        {parts.map((part, at) => (part.same ? <span key={at}>{exact(part.text)}</span> : <Mark key={at} className={MARKS[Mark]}>{exact(part.text)}</Mark>))}
        {parts.length === 0 && <span className="text-soft">{words.nothing}</span>}
      </p>
    </section>
  );
}
