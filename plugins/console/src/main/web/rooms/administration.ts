import { Building2, FileArchive, HeartPulse, KeyRound, OctagonX, Package, Puzzle, ScrollText, Store, Users } from 'lucide-react';
import { onDemand } from '@/app/on-demand';
import { text } from '@/strings';
import type { Room } from './rooms';

/** The rooms of those who run the server and their tenants. */
export const administration: Room[] = [
  {
    path: 'store', label: text.store.title, icon: Store, group: 'plugins', scope: 'marketplace:read', ofTenant: false,
    page: onDemand(() => import('./store/room')),
  },
  {
    path: 'packs', label: text.packs.title, icon: Package, group: 'plugins', scope: 'packs:read', ofTenant: false,
    page: onDemand(() => import('./packs/room')),
  },
  {
    path: 'plugins', label: text.plugins.title, icon: Puzzle, group: 'plugins', scope: 'plugins:read', ofTenant: false,
    page: onDemand(() => import('./plugins/room')),
  },
  {
    path: 'kill-switches', label: text.killSwitches.title, icon: OctagonX, group: 'control', scope: 'kill-switches:read', ofTenant: false,
    page: onDemand(() => import('./kill-switches/room')),
  },
  {
    path: 'api-keys', label: text.apiKeys.title, icon: KeyRound, group: 'access', scope: 'api-keys:read', ofTenant: false,
    page: onDemand(() => import('./api-keys/room')),
  },
  {
    path: 'users', label: text.users.title, icon: Users, group: 'access', scope: 'users:read', ofTenant: false,
    page: onDemand(() => import('./users/room')),
  },
  {
    path: 'tenants', label: text.tenants.title, icon: Building2, group: 'access', scope: 'tenants:read', ofTenant: false,
    page: onDemand(() => import('./tenants/room')),
  },
  {
    path: 'data', label: text.data.title, icon: FileArchive, group: 'operate', scope: 'data:export', ofTenant: true,
    page: onDemand(() => import('./data/room')),
  },
  {
    path: 'audit', label: text.audit.title, icon: ScrollText, group: 'operate', scope: 'audit:read', ofTenant: false,
    page: onDemand(() => import('./audit/room')),
  },
  {
    path: 'health', label: text.health.title, icon: HeartPulse, group: 'operate', scope: 'operations:read', ofTenant: false,
    page: onDemand(() => import('./health/room')),
  },
];
