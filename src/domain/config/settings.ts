import type { Topology } from "../intake/topology.ts";

/** What of the settings the database keeps. */
export type SettingsDocument = {
  readonly timeZone: string;
  readonly reportingCurrency: string;
  readonly publicUrl: string | null;
  readonly retention: { readonly archiveDays: number };
};

/** The settings as they are told: with what the topology keeps, as the doors need it with the database down. */
export type Settings = SettingsDocument &
  Pick<Topology, "createAccountsFromEvents" | "intakeShards" | "accountShards"> & {
    /** Raised by every change of the document. */
    readonly version: number;
  };
