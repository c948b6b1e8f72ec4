import { QueryClient } from '@tanstack/react-query';
import { describe, expect, it } from 'vitest';
import { keepFor } from '@/api/whose';

describe('what was asked for', () => {
  const asked = (whose: string) => {
    const queries = new QueryClient();
    keepFor(queries, whose);
    queries.setQueryData(['executions', 'list'], ['of somebody']);
    queries.setQueryData(['identity'], whose);
    return queries;
  };
  const kept = (queries: QueryClient) => queries.getQueryData(['executions', 'list']);

  it('stays with whoever it was asked for', () => {
    const queries = asked('usr_ada tnt_one');
    keepFor(queries, 'usr_ada tnt_one');
    expect(kept(queries)).toBeDefined();
  });

  it('says whether somebody was there before', () => {
    const queries = asked('usr_ada tnt_one');
    expect(keepFor(queries, '')).toBe(true);
    expect(keepFor(queries, '')).toBe(false);
    expect(keepFor(queries, 'usr_ada tnt_one')).toBe(false);
    expect(keepFor(queries, 'usr_ada tnt_one')).toBe(true);
  });

  it('is forgotten when another person, another tenant or nobody uses the console', () => {
    for (const next of ['usr_bob tnt_one', 'usr_ada tnt_two', '']) {
      const queries = asked('usr_ada tnt_one');
      keepFor(queries, next);
      expect(kept(queries)).toBeUndefined();
      expect(queries.getQueryData(['identity'])).toBeDefined();
    }
  });
});
