/** What a host that will be killed is given, and what passes between it and the test. */
export type HostSettings = {
  readonly dataFolder: string;
  readonly port: number;
  readonly adminToken: string;
  readonly vars: Readonly<Record<string, string>>;
};

/** Hold the code at the next passing of this failpoint; null: hold nothing. */
export type ToHost = { readonly arm: string | null };

export type FromHost = { readonly url: string } | { readonly held: string } | { readonly log: string };
