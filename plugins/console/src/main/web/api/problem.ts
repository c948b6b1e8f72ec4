import type { components } from '@api-schema';

type ProblemBody = components['schemas']['Problem'];

/** What the server said went wrong, or that it could not be asked. */
export class Problem extends Error {
  readonly code: string;
  readonly action: string;
  readonly traceId: string;
  readonly status: number;
  /** From when on it may be tried again, in milliseconds; undefined when the server did not say. */
  readonly retryAt: number | undefined;
  readonly faults: NonNullable<ProblemBody['errors']>;

  constructor(body: Partial<ProblemBody> & { status: number }, retryAt?: number) {
    super(body.detail ?? body.title ?? '');
    this.name = 'Problem';
    this.code = body.code ?? '';
    this.action = body.action ?? '';
    this.traceId = body.traceId ?? '';
    this.status = body.status;
    this.retryAt = retryAt;
    this.faults = body.errors ?? [];
  }

  /** What was to be changed is not as it was seen: somebody else was faster. */
  get stale(): boolean {
    return this.status === 412;
  }

  /** It was asked for too often, or too much of it. */
  get tooMany(): boolean {
    return this.status === 429;
  }

  /** The server does not know who asks. */
  get unknown(): boolean {
    return this.status === 401;
  }

  /** The caller may not do it, and trying again does not help. */
  get forbidden(): boolean {
    return this.status === 403;
  }
}

/** Status 0: no answer came. */
export function unreachable(): Problem {
  return new Problem({ status: 0, code: 'console:UNREACHABLE' });
}

/** Another server did not answer, or does not let pages of this one in: a browser does not say which. */
export function notAllowed(origin: string): Problem {
  return new Problem({ status: 0, code: 'console:SERVER_NOT_ALLOWED', detail: origin });
}

/** The pages of this server may not connect to that other one, as their content security policy says. */
export function notNamed(origin: string): Problem {
  return new Problem({ status: 0, code: 'console:SERVER_NOT_NAMED', detail: origin });
}

export async function problemOf(response: Response): Promise<Problem> {
  const traceId = response.headers.get('traceparent')?.split('-')[1] ?? '';
  const retryAt = momentOf(response.headers.get('Retry-After'));
  try {
    const body = (await response.clone().json()) as Partial<ProblemBody>;
    return new Problem({ traceId, ...body, status: response.status }, retryAt);
  } catch {
    return new Problem({ status: response.status, traceId, detail: response.statusText }, retryAt);
  }
}

/** The moment that `Retry-After` means: so many seconds from now, or a date. */
function momentOf(written: string | null): number | undefined {
  if (written === null || written.trim() === '') return undefined;
  const moment = /^\d+$/.test(written.trim()) ? Date.now() + Number(written) * 1_000 : Date.parse(written);
  return Number.isNaN(moment) ? undefined : moment;
}

export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  return new Problem({ status: 0, code: 'console:DEFECT', detail: thrown instanceof Error ? thrown.message : String(thrown) });
}
