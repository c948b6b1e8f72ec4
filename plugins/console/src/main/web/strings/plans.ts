import type { Schemas } from '@/api/client';

type Limits = Schemas['PlanLimits'];

const numbers = {
  executionsPerDay: 'Executions a day',
  executionsPerMonth: 'Executions a month',
  running: 'Executions at once',
  queued: 'Executions that wait for a place',
  weight: 'Weight among tenants, 1 to 100',
  requests: 'Requests in a span of time',
} as const;

/** What tenants are offered. */
export const plans = {
  title: 'Plans',
  tabs: { tenants: 'Tenants', plans: 'Plans' },
  columns: { name: 'Plan', features: 'Features', limits: 'Limits' },
  features: {
    sessions: { name: 'Sessions', hint: 'Executions that share a session.' },
    graphs: { name: 'Own graphs', hint: 'Executions of graphs of one’s own, rather than of the agents of packs.' },
    branches: { name: 'Branches', hint: 'Forks of executions, and retries.' },
    reveal: { name: 'Reveal', hint: 'What tokens of redaction stand for.' },
  },
  noFeatures: 'None of those that a plan can have',
  noLimits: 'None',
  numbers,
  window: 'Span of time of the requests',
  windowHint: 'As in PT1M for a minute, or PT1H.',
  whole: 'A whole number.',
  budgets: 'Budgets, as JSON',
  budgetsHint: 'As in [{"limit": {"amount": "500", "currency": "USD"}, "period": "month"}]. The period is day, month, total or execution.',
  create: 'Make a plan',
  name: 'Name',
  nameHint: 'Small letters, digits and hyphens.',
  save: 'Save',
  edit: 'Change',
  editTitle: (name: string) => `Change the plan ${name}`,
  editDetail: 'It holds at once for the tenants that have it. What has begun goes on.',
  remove: 'Remove',
  removeTitle: (name: string) => `Remove the plan ${name}?`,
  removeDetail: 'A plan that a tenant has is not removed.',
  empty: 'No plans',
  emptyDetail: 'Tenants without a plan may use everything, as far as nothing else limits them.',
  own: 'The plan of the tenant that you act for',
  ownNone: 'It has none: it may use everything, as far as nothing else limits it.',
  choose: 'Another plan',
  chooseOne: 'Choose one',
  give: 'Give it',
  giveTitle: (name: string) => `Give the tenant the plan ${name}?`,
  giveDetail: 'It takes the place of the one that it has, and holds at once. What has begun goes on.',
  take: 'Take it away',
  takeTitle: (name: string) => `Take the plan ${name} away?`,
  takeDetail: 'The tenant may use everything from now on, as far as nothing else limits it.',
  bounds: (limits: Limits): string[] => [
    ...(Object.keys(numbers) as (keyof typeof numbers)[])
      .filter((one) => limits[one] !== undefined)
      .map((one) => `${numbers[one]}: ${String(limits[one])}${one === 'requests' ? ` / ${limits.window ?? ''}` : ''}`),
    ...(limits.budgets ?? []).map(({ limit, period }) =>
      `${limit.tokens === undefined ? `${limit.amount ?? ''} ${limit.currency ?? ''}` : `${String(limit.tokens)} tokens`} / ${period}`),
  ],
};
