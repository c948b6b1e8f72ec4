const PERCENT = 0x25;

/** A text as a header can say it: whatever is not plain ASCII, and the percent sign, is percent-encoded as UTF-8. */
export function headerText(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== PERCENT;
    return plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

/** The header that says why something is done, for the audit; none for no reason. */
export function because(reason: string): Record<string, string> {
  return reason ? { 'AgentOS-Reason': headerText(reason) } : {};
}
