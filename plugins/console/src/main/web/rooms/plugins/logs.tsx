import { useState } from 'react';
import type { Schemas } from '@/api/client';
import { useEventStream } from '@/api/live';
import { plugins as words } from '@/strings/plugins';
import { Badge, LiveBadge, type Tone } from '@/ui/badge';
import { cx } from '@/ui/cx';
import { SelectField } from '@/ui/field';
import { dateAndTime, timeOfDay } from '@/ui/format';
import { plain } from '@/ui/legible';
import { Card } from '@/ui/page';
import { Empty, Failure, Loading } from '@/ui/states';

type Line = Schemas['PluginLogLine'];
type Level = Line['level'];

const LEVELS: Level[] = ['TRACE', 'DEBUG', 'INFO', 'WARNING', 'ERROR'];
const TONES: Record<Level, Tone> = { TRACE: 'soft', DEBUG: 'soft', INFO: 'info', WARNING: 'warn', ERROR: 'bad' };

/** As many as a server keeps of one plugin. */
const MOST = 700;

/** What stands in the log: a line, or that some are missing before the next one. */
type Entry = Line | { sequence: number; missing: true };

/** The last lines about a plugin, what it wrote itself and what the server has to say of it, as they come. */
export function Logs({ id }: { id: string }) {
  const [level, setLevel] = useState<Level>('INFO');
  return <Lines key={`${id} ${level}`} id={id} level={level} onLevel={setLevel} />;
}

function Lines({ id, level, onLevel }: { id: string; level: Level; onLevel: (level: Level) => void }) {
  const [entries, setEntries] = useState<Entry[]>([]);
  const liveness = useEventStream(
    `/api/v1/plugins/${encodeURIComponent(id)}/logs?level=${level}`,
    (event) => {
      if (event.type === 'removed') return;
      const entry: Entry = event.type === 'gap' ? { sequence: Number(event.id), missing: true } : JSON.parse(event.data) as Line;
      setEntries((now) => [entry, ...now].slice(0, MOST));
    },
    (event) => event.type === 'removed',
  );
  const problem = liveness.state === 'stale' ? liveness.problem : undefined;
  return (
    <Card
      flush
      title={words.logs}
      actions={
        <span className="flex items-center gap-3">
          <LiveBadge liveness={liveness} />
          <span className="w-32"><SelectField hidden label={words.logLevel} value={level} onChange={(event) => onLevel(event.target.value as Level)}>{LEVELS.map((one) => <option key={one} value={one}>{words.logLevels[one]}</option>)}</SelectField></span>
        </span>
      }
    >
      {entries.length > 0 ? (
        <ol className="max-h-96 overflow-y-auto py-2" tabIndex={0} aria-label={words.logs}>
          {entries.map((entry) => ('missing' in entry
            ? <li key={`missing ${entry.sequence}`} className="px-5 py-1 text-xs text-soft">{words.logsMissing}</li>
            : <Shown key={entry.sequence} line={entry} />))}
        </ol>
      ) : problem ? <div className="p-5"><Failure compact thrown={problem} /></div>
        : liveness.state === 'connecting' ? <Loading rows={3} />
        : <Empty title={words.logsNone}>{words.logsNoneDetail}</Empty>}
    </Card>
  );
}

function Shown({ line }: { line: Line }) {
  return (
    <li className={cx('flex flex-wrap items-baseline gap-x-3 gap-y-0.5 px-5 py-1 sm:flex-nowrap', line.level === 'ERROR' && 'bg-bad-wash', line.level === 'WARNING' && 'bg-warn-wash')}>
      <time dateTime={line.at} title={dateAndTime(line.at)} className="tabular shrink-0 font-mono text-xs text-soft">{timeOfDay(Date.parse(line.at))}</time>
      <span className="w-20 shrink-0"><Badge tone={TONES[line.level]}>{words.logLevels[line.level]}</Badge></span>
      <span className="min-w-0 flex-1 basis-full font-mono text-xs leading-5 break-words whitespace-pre-wrap sm:basis-0">{line.source === 'SERVER' && <span className="text-soft">{words.logServer} </span>}{plain(line.message)}</span>
      <span className="tabular shrink-0 text-xs text-soft">{line.version}</span>
    </li>
  );
}
