/**
 * Whether a line is the runtime's talk about itself that no person can act on. `NOSENTRY` is workerd's own mark for what is not worth a report:
 * an alarm under way when the runtime ended is said to be cancelled at the next start; the object's alarm stands, and it goes on.
 */
export const isPlatformNoise = (line: string): boolean => /NOSENTRY SQLite alarm handler cancell?ed/i.test(line);
