import './styles.css';
import './app/theme';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { asProblem } from './api/problem';
import { App } from './app/app';

/** What an answer takes away: nobody may go on seeing what they may not see, or what is not there any more. */
const GONE = [403, 404, 410];

const queries = new QueryClient({
  queryCache: new QueryCache({
    // Other failures leave what was shown, and what somebody is typing there, as it is.
    onError: (thrown, query) => {
      if (GONE.includes(asProblem(thrown).status)) query.setState({ data: undefined });
    },
  }),
  mutationCache: new MutationCache(),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What the server refused, it refuses again; what did not arrive, may.
      retry: (count, thrown) => asProblem(thrown).status === 0 && count < 2,
    },
  },
});

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <BrowserRouter basename="/console">
          <App />
        </BrowserRouter>
      </QueryClientProvider>
    </StrictMode>,
  );
}
