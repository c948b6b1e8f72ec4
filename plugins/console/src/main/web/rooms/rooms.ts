import { Activity, MessagesSquare, ShieldCheck, type LucideIcon } from 'lucide-react';
import type { ComponentType } from 'react';
import type { Scope } from '@/api/session';
import { onDemand, type OnDemand } from '@/app/on-demand';
import { text } from '@/strings';
import { administration } from './administration';
import { PendingBadge } from './approvals/badge';

/** A room of the console: an entry of the navigation, an address, and a page that is loaded when it is first entered. */
export interface Room {
  /** The first part of its address, as in `executions`; what follows is the room's own. */
  path: string;
  label: string;
  icon: LucideIcon;
  group: keyof typeof text.common.groups;
  /** Without this right the room is not in the navigation, and its address says what is missing. */
  scope: Scope;
  /** What it shows belongs to a tenant, so that the platform has none of it. */
  ofTenant: boolean;
  page: OnDemand<object>;
  /** Beside its name in the navigation: what waits there. */
  badge?: ComponentType;
}

/** All rooms, in the order of the navigation. A room may have routes of its own below its path, by `<Routes>`. */
export const rooms: Room[] = [
  {
    path: 'executions', label: text.executions.title, icon: Activity, group: 'work', scope: 'executions:read', ofTenant: true,
    page: onDemand(() => import('./executions/room')),
  },
  {
    path: 'chat', label: text.chat.title, icon: MessagesSquare, group: 'work', scope: 'executions:write', ofTenant: true,
    page: onDemand(() => import('./chat/room')),
  },
  {
    path: 'approvals', label: text.approvals.title, icon: ShieldCheck, group: 'work', scope: 'approvals:read', ofTenant: true,
    page: onDemand(() => import('./approvals/room')), badge: PendingBadge,
  },
  ...administration,
];
