import { Menu as MenuIcon, Search, Unplug, X } from 'lucide-react';
import { useEffect, useRef, useState, type FocusEvent, type ReactNode } from 'react';
import { NavLink, useLocation } from 'react-router';
import { useStaleSince } from '@/api/connection';
import { useSession } from '@/api/session';
import { rooms } from '@/rooms/rooms';
import { text } from '@/strings';
import { IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { timeOfDay } from '@/ui/format';
import mark from '../mark.svg';
import { Account } from './account';
import { KillIndicator } from './kill-indicator';
import { Palette } from './palette';
import { useSignOut } from './sign-out';
import { TenantSwitcher } from './tenant-switcher';

/** What is around every room: where one is, for whom, whether anything is stopped, and whether the server answers. */
export function Shell({ children }: { children: ReactNode }) {
  const [palette, setPalette] = useState(false);
  const [drawer, setDrawer] = useState(false);
  const { signOut, failed } = useSignOut();
  const { pathname } = useLocation();
  const content = useRef<HTMLElement>(null);
  const before = useRef(pathname);
  const opener = useRef<HTMLButtonElement>(null);
  const aside = useRef<HTMLElement>(null);
  useEffect(() => {
    setDrawer(false);
    // What led here may be gone with the page before, and the focus with it. A page that is loaded begins at its top.
    if (before.current !== pathname && document.activeElement === document.body) content.current?.focus();
    before.current = pathname;
  }, [pathname]);
  useEffect(() => {
    if (drawer) aside.current?.querySelector('button')?.focus();
  }, [drawer]);
  /** Whoever had the focus in there has it where they go. */
  const shut = (next: HTMLElement | null) => {
    setDrawer(false);
    next?.focus();
  };
  const pressed = ({ key }: { key: string }) => {
    if (key === 'Escape') shut(opener.current);
  };
  const left = ({ relatedTarget }: FocusEvent) => {
    if (relatedTarget !== null && !aside.current?.contains(relatedTarget)) setDrawer(false);
  };
  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setPalette(true);
      }
    };
    addEventListener('keydown', open);
    return () => removeEventListener('keydown', open);
  }, []);
  return (
    <div className="flex h-full">
      <a href="#content" className="fixed top-2 left-2 z-50 -translate-y-20 rounded-lg bg-accent px-4 py-2 font-medium text-on-accent focus:translate-y-0">
        {text.common.skipToContent}
      </a>
      {drawer && <div aria-hidden className="fixed inset-0 z-30 bg-[rgb(10_12_18/0.45)] md:hidden" onClick={() => shut(opener.current)} />}
      <aside
        ref={aside}
        {...(drawer ? { onBlur: left, onKeyDown: pressed } : {})}
        className={cx('fixed inset-y-0 left-0 z-40 w-60 flex-col border-r bg-surface md:static md:flex', drawer ? 'flex shadow-float' : 'hidden')}
      >
        <div className="flex h-14 items-center gap-2.5 px-4">
          <img src={mark} alt="" className="size-7" />
          <span className="flex-1 text-base font-semibold tracking-tight">{text.common.product}</span>
          {drawer && <IconButton label={text.common.close} className="md:hidden" onClick={() => shut(opener.current)}><X size={18} aria-hidden /></IconButton>}
        </div>
        <Navigation onGo={() => drawer && shut(content.current)} />
      </aside>
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="flex h-14 shrink-0 items-center gap-2 border-b bg-surface px-3 sm:px-5">
          <IconButton ref={opener} label={text.common.openNavigation} aria-expanded={drawer} className="md:hidden" onClick={() => setDrawer(true)}><MenuIcon size={20} aria-hidden /></IconButton>
          <TenantSwitcher />
          <button
            type="button"
            onClick={() => setPalette(true)}
            className="ml-auto inline-flex h-9 items-center gap-2 rounded-lg border bg-canvas px-2.5 text-soft hover:border-edge sm:min-w-44"
          >
            <Search size={16} aria-hidden />
            <span className="sr-only flex-1 text-left sm:not-sr-only">{text.common.palette.open}</span>
            <kbd className="hidden font-sans text-xs sm:inline">Ctrl K</kbd>
          </button>
          <KillIndicator />
          <Account onSignOut={signOut} />
        </header>
        <Unreachable />
        <main ref={content} id="content" tabIndex={-1} className="flex-1 overflow-y-auto outline-none">{children}</main>
      </div>
      {palette && <Palette onSignOut={signOut} onClose={() => setPalette(false)} />}
      {failed}
    </div>
  );
}

function Navigation({ onGo }: { onGo: () => void }) {
  const session = useSession();
  const visible = rooms.filter((room) => session.can(room.scope));
  const groups = [...new Set(visible.map((room) => room.group))];
  return (
    <nav aria-label={text.common.navigation} className="flex-1 overflow-y-auto px-3 pb-4">
      {groups.map((group) => (
        <div key={group} className="mt-4 first:mt-1">
          <h2 className="px-2.5 pb-1 text-xs font-medium text-soft">{text.common.groups[group]}</h2>
          <ul>
            {visible.filter((room) => room.group === group).map((room) => (
              <li key={room.path}>
                <NavLink
                  to={`/${room.path}`}
                  onClick={onGo}
                  className={({ isActive }) => cx(
                    'flex h-9 items-center gap-2.5 rounded-lg px-2.5',
                    isActive ? 'bg-accent-wash font-medium text-accent-ink' : 'text-ink hover:bg-sunken',
                  )}
                >
                  <room.icon size={17} aria-hidden className="shrink-0" />
                  <span className="truncate">{room.label}</span>
                  {room.badge && (!room.ofTenant || session.tenant !== undefined) && <room.badge />}
                </NavLink>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

function Unreachable() {
  const since = useStaleSince();
  return (
    <div role="status">
      {since !== undefined && (
        <p className="flex items-center gap-2.5 bg-warn-wash px-5 py-2 text-warn">
          <Unplug size={16} aria-hidden className="shrink-0" />
          <span><strong className="font-semibold">{text.common.live.stale(timeOfDay(since))}.</strong> {text.common.error.unreachable} {text.common.error.unreachableAction}</span>
        </p>
      )}
    </div>
  );
}
