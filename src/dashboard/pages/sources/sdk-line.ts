/** The browser SDK's own call, with the project token of the connection where it is stored. src/connectors/mixpanel/README.md */
export function mixpanelLine(settings: Readonly<Record<string, unknown>>, origin: string): string {
  const token = settings["projectToken"];
  return `mixpanel.init(${JSON.stringify(typeof token === "string" ? token : "YOUR_PROJECT_TOKEN")}, { api_host: ${JSON.stringify(origin)} });`;
}
