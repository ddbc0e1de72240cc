/** Of a name that can be compared; a wildcard may stand in front. */
export const hostName = /^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;

/** Both undefined where it can't be read. */
export interface Mailbox {
  readonly local: string | undefined;
  /** In lower case. */
  readonly host: string | undefined;
}

/** As RFC 5321 §4.1.2 writes it: a quoted local part may hold an @. */
export function mailbox(text: string): Mailbox {
  const at = text.lastIndexOf("@");
  const [local, domain] = [text.slice(0, at), text.slice(at + 1).toLowerCase()];
  const isMailbox =
    at > 0 &&
    hostName.test(domain) &&
    !domain.startsWith("*") &&
    /^([^\s@"<>(),:;[\]\\]+|"([^"\\]|\\.)*")$/.test(local);
  return isMailbox ? { local, host: domain } : { local: undefined, host: undefined };
}
