import { Search } from 'lucide-react';
import { useId, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';
import { useSession } from '@/api/session';
import { rooms } from '@/rooms/rooms';
import { text } from '@/strings';
import { cx } from '@/ui/cx';
import { intoView } from '@/ui/into-view';
import { setTheme } from './theme';

interface Command {
  id: string;
  label: string;
  group: string;
  icon?: ReactNode;
  run: () => void;
}

const EXECUTION = /^exe_[a-z0-9]+$/;

function useCommands(words: string, onSignOut: () => void): Command[] {
  const session = useSession();
  const navigate = useNavigate();
  const go = (path: string) => () => void navigate(path);
  const commands: Command[] = rooms
    .filter((room) => session.can(room.scope))
    .map((room) => ({ id: room.path, label: room.label, group: text.common.groups[room.group], icon: <room.icon size={16} aria-hidden />, run: go(`/${room.path}`) }));
  const { theme, account } = text.common;
  for (const name of ['light', 'dark', 'system'] as const) {
    commands.push({ id: `theme-${name}`, label: `${theme.label}: ${theme[name]}`, group: theme.label, run: () => setTheme(name) });
  }
  commands.push({ id: 'sign-out', label: account.signOut, group: account.label, run: onSignOut });
  const wanted = words.trim().toLowerCase();
  if (EXECUTION.test(wanted) && session.can('executions:read')) {
    return [{ id: wanted, label: text.common.palette.openExecution(wanted), group: text.executions.title, run: go(`/executions/${wanted}`) }];
  }
  return commands.filter((command) => `${command.label} ${command.group}`.toLowerCase().includes(wanted));
}

/** Goes anywhere from the keyboard: Ctrl-K or ⌘K. */
export function Palette({ onSignOut, onClose }: { onSignOut: () => void; onClose: () => void }) {
  const [words, setWords] = useState('');
  const [at, setAt] = useState(0);
  const commands = useCommands(words, onSignOut);
  const list = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  const chosen = commands[Math.min(at, commands.length - 1)];
  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  const step = (by: number) => setAt((now) => (Math.min(now, commands.length - 1) + by + commands.length) % Math.max(1, commands.length));
  return (
    <dialog
      ref={dialog}
      aria-label={text.common.palette.label}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === event.currentTarget && onClose()}
      className="mx-auto mt-[12vh] max-h-[70vh] w-[calc(100vw-2rem)] max-w-xl flex-col overflow-hidden rounded-2xl border bg-raised p-0 text-ink shadow-float open:flex"
    >
      <div className="flex items-center gap-3 rounded-t-2xl border-b px-4 focus-within:outline-2 focus-within:-outline-offset-2 focus-within:outline-accent-ink">
        <Search size={18} aria-hidden className="text-soft" />
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls={list}
          aria-activedescendant={chosen ? `${list}-${chosen.id}` : undefined}
          aria-label={text.common.palette.label}
          placeholder={text.common.palette.placeholder}
          value={words}
          onChange={(event) => {
            setWords(event.target.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
              event.preventDefault();
              step(event.key === 'ArrowDown' ? 1 : -1);
            } else if (event.key === 'Enter') run(chosen);
          }}
          className="h-13 flex-1 bg-transparent outline-none"
        />
      </div>
      <ul id={list} role="listbox" aria-label={text.common.palette.label} className="overflow-y-auto p-1.5">
        {commands.map((command) => (
          <li
            key={command.id}
            id={`${list}-${command.id}`}
            ref={command === chosen ? intoView : undefined}
            role="option"
            aria-selected={command === chosen}
            onClick={() => run(command)}
            className={cx('flex cursor-pointer items-center gap-3 rounded-lg px-3 py-2.5', command === chosen ? 'bg-accent-wash text-accent-ink' : 'hover:bg-sunken')}
          >
            {command.icon}
            <span className="flex-1">{command.label}</span>
            <span className={cx('text-xs', command === chosen ? 'text-accent-ink' : 'text-soft')}>{command.group}</span>
          </li>
        ))}
      </ul>
      {commands.length === 0 && <p role="status" className="px-5 pb-5 text-soft">{text.common.palette.nothing}</p>}
      <p className="border-t bg-canvas px-4 py-2 text-xs text-soft">{text.common.palette.hint}</p>
    </dialog>
  );
}
