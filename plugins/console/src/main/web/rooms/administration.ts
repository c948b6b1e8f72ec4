import { Package, Store } from 'lucide-react';
import { lazy } from 'react';
import { text } from '@/strings';
import type { Room } from './rooms';

/** The rooms of those who run the server and their tenants. */
export const administration: Room[] = [
  {
    path: 'store', label: text.store.title, icon: Store, group: 'plugins', scope: 'marketplace:read', ofTenant: false,
    page: lazy(() => import('./store/room')),
  },
  {
    path: 'packs', label: text.packs.title, icon: Package, group: 'plugins', scope: 'packs:read', ofTenant: false,
    page: lazy(() => import('./packs/room')),
  },
];
