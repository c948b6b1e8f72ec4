import type { Schemas } from '@/api/client';
import { plugins as words } from '@/strings/plugins';
import { Badge, type Tone } from '@/ui/badge';
import { Card } from '@/ui/page';

const TONES: Record<Schemas['PluginVersion']['phase'], Tone> = { STARTING: 'info', IN_FORCE: 'good', DRAINING: 'warn' };

/** Which versions are loaded now, and who is inside them: a version that was replaced goes when the last has left. */
export function Versions({ versions }: { versions: Schemas['PluginVersion'][] }) {
  if (versions.length === 0) return null;
  return (
    <Card title={words.versions} flush>
      <ul>
        {versions.map((version) => (
          <li key={version.sha512 + version.phase} className="border-b px-5 py-3 last:border-0">
            <p className="flex flex-wrap items-center gap-2"><span className="tabular font-medium">{version.version}</span><Badge tone={TONES[version.phase]} dot pulse={version.phase !== 'IN_FORCE'}>{words.phases[version.phase]}</Badge></p>
            <p className="text-soft">{words.inside(version.callsInFlight, version.executions)}</p>
          </li>
        ))}
      </ul>
    </Card>
  );
}
