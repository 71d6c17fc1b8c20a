import type { Scope } from "./common.ts";

export type ConnectorField = { readonly key: string; readonly title: string; readonly required: boolean; readonly description: string };

export type Connector = {
  readonly name: string;
  readonly title: string;
  readonly docs: string | null;
  readonly settings: readonly ConnectorField[];
  readonly secrets: readonly ConnectorField[];
  readonly streams: readonly { readonly name: string }[];
  readonly webhooks: readonly string[];
  readonly receivesWebhooks: boolean;
};

export type Connection = {
  readonly id: string;
  readonly connector: string;
  readonly name: string;
  readonly status: "active" | "paused";
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: readonly string[];
  readonly webhookUrl: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type ConnectionTest = {
  readonly ok: boolean;
  readonly missing: readonly { readonly kind: "secret" | "setting"; readonly name: string; readonly detail: string }[];
  readonly lastReceivedAt: string | null;
};

export type Token = {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly connectionId: string | null;
  readonly accountIds: readonly string[] | null;
  readonly expiresAt: string | null;
  readonly createdAt: string;
  readonly revokedAt: string | null;
};

export type NewToken = Token & { readonly token: string };

export type Settings = {
  readonly timeZone: string;
  readonly reportingCurrency: string;
  readonly publicUrl: string | null;
  readonly createAccountsFromEvents: boolean;
  readonly retention: { readonly archiveDays: number };
  readonly intakeShards: number;
  readonly accountShards: number;
  readonly version: number;
};

export type SettingsChange = Partial<
  Pick<Settings, "timeZone" | "reportingCurrency" | "publicUrl" | "createAccountsFromEvents" | "retention" | "version">
>;

/** Units for one `base`, the newest day first. */
export type FxRates = {
  readonly items: readonly { readonly date: string; readonly rates: Readonly<Record<string, number>> }[];
  readonly base: string;
  readonly currencies: readonly string[];
  readonly days: number;
  readonly to: string | null;
  readonly ageDays: number | null;
  readonly reportingCurrency: string;
};

export type RatesStored = { readonly stored: number; readonly tooOld: number };
