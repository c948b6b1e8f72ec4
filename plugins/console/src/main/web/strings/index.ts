import { apiKeys, permissions, tenants, users } from './access';
import { approvals } from './approvals';
import { chat } from './chat';
import { common } from './common';
import { data } from './data';
import { executions } from './executions';
import { killSwitches } from './kill';
import { audit, health } from './operate';
import { packs } from './packs';
import { plugins, withheld } from './plugins';
import { consent, operations, store } from './store';

/**
 * Every word that a person reads. A room has a part of its own; a phrase with something in it is a function. Another
 * language is another object of this type.
 */
export const english = { common, executions, chat, approvals, store, consent, operations, packs, plugins, withheld, killSwitches, apiKeys, users, permissions, tenants, data, audit, health };

export type Catalogue = typeof english;

export const text: Catalogue = english;

/** The language of dates and numbers. */
export const language = 'en';
