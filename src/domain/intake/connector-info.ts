/** A setting or a secret, as a form asks for it. */
export type ConnectorField = { readonly key: string; readonly title: string; readonly required: boolean; readonly description: string };

/** What is told of a connector, out of its definition. */
export type ConnectorInfo = {
  readonly name: string;
  readonly title: string;
  readonly docs: string;
  readonly settings: readonly ConnectorField[];
  readonly secrets: readonly ConnectorField[];
  readonly streams: readonly string[];
  readonly webhooks: readonly string[];
  readonly receivesWebhooks: boolean;
  /** By the secret's key: values that everybody knows, with which no door lets anything in. */
  readonly publicSecrets: Readonly<Record<string, readonly string[]>>;
};
