import type { Settings } from "../../domain/config/settings.ts";
import type { ConnectorInfo } from "../../domain/intake/connector-info.ts";
import type { Token as TokenListed } from "../../domain/intake/token.ts";
import type { Told } from "./common.ts";

/** Values with which no door lets anything in are not told. */
export type Connector = Omit<ConnectorInfo, "streams" | "publicSecrets"> & { readonly streams: readonly { readonly name: string }[] };

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

export type Token = Told<TokenListed, "expiresAt" | "createdAt" | "revokedAt">;

export type NewToken = Token & { readonly token: string };

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
