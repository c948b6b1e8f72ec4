import { useState } from 'react';
import { api, body, type Schemas } from '@/api/client';
import { text } from '@/strings';
import { plugins as words } from '@/strings/plugins';
import { Badge, type Tone } from '@/ui/badge';
import { cx } from '@/ui/cx';
import { SelectField } from '@/ui/field';
import { dateAndTime, timeOfDay } from '@/ui/format';
import { Card } from '@/ui/page';
import { usePages } from '@/ui/pages';
import { Empty, Failure, Loading } from '@/ui/states';
import { Button } from '@/ui/button';

type Line = Schemas['PluginLogLine'];
type Level = Line['level'];

const LEVELS: Level[] = ['TRACE', 'DEBUG', 'INFO', 'WARNING', 'ERROR'];
const TONES: Record<Level, Tone> = { TRACE: 'soft', DEBUG: 'soft', INFO: 'info', WARNING: 'warn', ERROR: 'bad' };

/** The last lines about a plugin, what it wrote itself and what the server has to say of it; looked at anew every other second. */
export function Logs({ id }: { id: string }) {
  const [level, setLevel] = useState<Level>('INFO');
  const pages = usePages(['plugin-logs', id, level], (cursor) => body(api.GET('/api/v1/plugins/{id}/logs', {
    params: { path: { id }, query: { level, limit: '50', ...(cursor ? { cursor } : {}) } },
  })), 2_000);
  return (
    <Card
      flush
      title={words.logs}
      actions={
        <span className="flex items-center gap-3">
          <span role="status">{pages.failing ? <Badge tone="warn" dot>{text.common.live.stale(timeOfDay(pages.updatedAt))}</Badge> : pages.page === 1 && pages.items && <Badge tone="good" pulse>{text.common.live.live}</Badge>}</span>
          <span className="w-32"><SelectField hidden label={words.logLevel} value={level} onChange={(event) => setLevel(event.target.value as Level)}>{LEVELS.map((one) => <option key={one} value={one}>{words.logLevels[one]}</option>)}</SelectField></span>
        </span>
      }
    >
      {pages.loading ? <Loading rows={3} /> : pages.error ? <div className="p-5"><Failure compact thrown={pages.error} /></div>
        : pages.items?.length === 0 ? <Empty title={words.logsNone}>{words.logsNoneDetail}</Empty> : (
          <ol className="max-h-96 overflow-y-auto py-2" tabIndex={0} aria-label={words.logs}>
            {pages.items?.map((line) => <Shown key={line.sequence} line={line} />)}
          </ol>
        )}
      {(pages.forward ?? pages.backward) && (
        <div className="flex justify-end gap-2 border-t px-5 py-2">
          <Button look="quiet" disabled={!pages.backward} onClick={pages.backward}>{words.newer}</Button>
          <Button look="quiet" disabled={!pages.forward} onClick={pages.forward}>{words.older}</Button>
        </div>
      )}
    </Card>
  );
}

function Shown({ line }: { line: Line }) {
  return (
    <li className={cx('flex flex-wrap items-baseline gap-x-3 gap-y-0.5 px-5 py-1 sm:flex-nowrap', line.level === 'ERROR' && 'bg-bad-wash', line.level === 'WARNING' && 'bg-warn-wash')}>
      <time dateTime={line.at} title={dateAndTime(line.at)} className="tabular shrink-0 font-mono text-xs text-soft">{timeOfDay(Date.parse(line.at))}</time>
      <span className="w-20 shrink-0"><Badge tone={TONES[line.level]}>{words.logLevels[line.level]}</Badge></span>
      <span className="min-w-0 flex-1 basis-full font-mono text-xs leading-5 break-words whitespace-pre-wrap sm:basis-0">{line.source === 'SERVER' && <span className="text-soft">{words.logServer} </span>}{line.message}</span>
      <span className="tabular shrink-0 text-xs text-soft">{line.version}</span>
    </li>
  );
}
