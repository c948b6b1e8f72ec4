import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, body } from './client';

const SHOWN = '50';

/**
 * The users of the tenant to choose from, the newest if there are many: so it is searched.
 *
 * @param search a part of a name, an e-mail address or an id
 * @param may whether they are asked for
 */
export function useUsers(search: string, may = true) {
  return useQuery({
    queryKey: ['users', 'found', search],
    queryFn: () => body(api.GET('/api/v1/users', { params: { query: { limit: SHOWN, query: search } } })),
    placeholderData: keepPreviousData,
    enabled: may,
  });
}

/** The API keys of the tenant in the same way, by a part of a name, a prefix or an id. */
export function useKeys(search: string, may: boolean) {
  return useQuery({
    queryKey: ['api-keys', 'found', search],
    queryFn: () => body(api.GET('/api/v1/api-keys', { params: { query: { limit: SHOWN, query: search } } })),
    placeholderData: keepPreviousData,
    enabled: may,
  });
}
