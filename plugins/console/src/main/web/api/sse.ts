/** One server-sent event. */
export interface ServerEvent {
  id: string;
  type: string;
  data: string;
}

/**
 * Reads server-sent events from the bytes as they come, by the HTML standard's rules as far as the server uses them.
 * `feed` returns the events that are whole.
 */
export class EventParser {
  private rest = '';
  private id = '';
  private type = '';
  private data: string[] = [];

  feed(text: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (this.data.length > 0) events.push({ id: this.id, type: this.type || 'message', data: this.data.join('\n') });
        this.type = '';
        this.data = [];
      } else if (!line.startsWith(':')) {
        const colon = line.indexOf(':');
        const field = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
        if (field === 'id') this.id = value;
        else if (field === 'event') this.type = value;
        else if (field === 'data') this.data.push(value);
      }
    }
    return events;
  }
}
