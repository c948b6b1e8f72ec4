import { useSyncExternalStore } from 'react';

/** Light, dark, or as the system is. */
export type Theme = 'system' | 'light' | 'dark';

const NAME = 'agentos.theme';
const listeners = new Set<() => void>();

function stored(): Theme {
  const value = localStorage.getItem(NAME);
  return value === 'light' || value === 'dark' ? value : 'system';
}

function show() {
  const theme = stored();
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

export function setTheme(theme: Theme) {
  localStorage.setItem(NAME, theme);
  show();
  listeners.forEach((listener) => listener());
}

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, stored);
}

show();
