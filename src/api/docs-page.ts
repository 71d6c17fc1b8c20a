type Schema = Readonly<Record<string, unknown>>;
type Operation = {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean; readonly schema?: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }>
  >;
};
export type ApiDocument = {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};

/**
 * The OpenAPI document as one page without a script: it needs no other host, works under the strictest Content-Security-Policy and prints.
 * (The usual viewers load theirs from a CDN.)
 */
export function docsPage(document: ApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const tags = [...new Set(operations.map(({ operation }) => operation.tags?.[0] ?? "other"))];
  const contents = tags.map((tag) => `<li><a href="#${escape(tag)}">${escape(tag)}</a></li>`).join("");
  const sections = tags
    .map(
      (tag) =>
        `<section id="${escape(tag)}"><h2>${escape(tag)}</h2>${operations
          .filter(({ operation }) => (operation.tags?.[0] ?? "other") === tag)
          .map(operationHtml)
          .join("")}</section>`,
    )
    .join("");
  const { title, version, description = "" } = document.info;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)} API</title><link rel="stylesheet" href="/api/docs.css"></head>
<body><header><h1>${escape(title)} API ${escape(version)}</h1><p>${escape(description)}</p><p><a href="/api/openapi.json">openapi.json</a></p></header><nav aria-label="Sections"><ul>${contents}</ul></nav><main>${sections}</main></body></html>`;
}

function operationHtml({ path, method, operation }: { path: string; method: string; operation: Operation }): string {
  const parameters = (operation.parameters ?? []).map(
    (parameter) =>
      `<tr><td><code>${escape(parameter.name)}</code></td><td>${escape(parameter.in)}${parameter.required === true ? ", required" : ""}</td><td><code>${escape(JSON.stringify(parameter.schema ?? {}))}</code></td></tr>`,
  );
  const bodies = Object.entries(operation.requestBody?.content ?? {}).map(([type, { schema }]) => detail(`Body ${type}`, schema));
  const answers = Object.entries(operation.responses).map(([status, { description, content }]) =>
    detail(`${status} ${description}`, Object.values(content ?? {})[0]?.schema),
  );
  return `<article><h3><span class="method">${escape(method.toUpperCase())}</span> <code>${escape(path)}</code></h3><p>${escape(operation.summary ?? "")}. ${escape(operation.description ?? "")}</p>${
    parameters.length === 0
      ? ""
      : `<table><thead><tr><th>Parameter</th><th>Where</th><th>Schema</th></tr></thead><tbody>${parameters.join("")}</tbody></table>`
  }${bodies.join("")}${answers.join("")}</article>`;
}

const detail = (title: string, schema: Schema | undefined): string =>
  schema === undefined
    ? `<p class="answer">${escape(title)}</p>`
    : `<details><summary>${escape(title)}</summary><pre>${escape(JSON.stringify(schema, null, 2))}</pre></details>`;

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

export const docsCss = `:root{color-scheme:light dark;font-family:system-ui,sans-serif;line-height:1.5}
body{max-width:60rem;margin:0 auto;padding:1.5rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:0;list-style:none}
article{border-top:1px solid light-dark(#d0d5dd,#344054);padding:1rem 0}
h3{margin:0;font-size:1rem}
code,pre{font-family:ui-monospace,monospace;font-size:.85rem}
pre{overflow:auto;max-height:30rem;padding:.75rem;border-radius:.375rem;background:light-dark(#f2f4f7,#182230)}
table{border-collapse:collapse;width:100%;font-size:.875rem}
th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0}
.method{font-weight:700}
summary{cursor:pointer;padding:.25rem 0}
`;
