import { z } from "zod";
import { apiBodyBytesMax } from "../domain/limits.ts";
import type { Failure } from "./failure.ts";
import type { Scope } from "../domain/intake/token.ts";
import type { ApiPorts } from "./ports.ts";

/** Who asks. */
export type Identity = {
  readonly tokenId: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Only these accounts; null = all. */
  readonly accountIds: readonly string[] | null;
  readonly expiresAt: number | null;
  /** When this identity ends unless it is ended before, epoch ms: with the token, or with the session where that is sooner. Null: never. */
  readonly endsAt: number | null;
  readonly by: "token" | "session" | "nobody";
};

export const nobody: Identity = {
  tokenId: "nobody",
  name: "nobody",
  scopes: [],
  accountIds: null,
  expiresAt: null,
  endsAt: null,
  by: "nobody",
};

/** One request, authenticated and checked. */
export type Call<Query = unknown, Body = unknown> = {
  readonly ports: ApiPorts;
  readonly identity: Identity;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly request: Request;
  /** The request's URL, for links and the public origin. */
  readonly url: URL;
  /** Product time at which it arrived, epoch ms. */
  readonly now: number;
};

export type Answer = {
  readonly status: number;
  /** Absent: no body (204). */
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Of the last, the handler gets CSV as its text and JSON as its value. */
export type BodyType = "json" | "csv" | "json or csv";

export type Method = "get" | "post" | "put" | "patch" | "delete";

/** An endpoint of `/api/v1`: what the document says about it and what it does, in one place. */
export type Endpoint = {
  readonly method: Method;
  /** Under `/api/v1`; `{name}` is a parameter. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  /** null: whoever has a token or a session; `"none"`: anybody. */
  readonly scope: Scope | "none" | null;
  /** Answers span accounts: a token restricted to some accounts may not ask. */
  readonly spansAccounts: boolean;
  readonly query: z.ZodType;
  /** Query parameters that may be given several times; the schema gets an array. */
  readonly manyOf: readonly string[];
  readonly body: {
    readonly type: BodyType;
    readonly schema: z.ZodType;
    readonly bytesMax: number;
    /** No body at all is taken as `{}`. */ readonly optional: boolean;
    /** The schema only describes it; the handler reads it, as far as it tells of what is wrong. For bodies with very many entries. */
    readonly isReadByHandler: boolean;
  } | null;
  readonly answers: Readonly<Record<number, { readonly description: string; readonly schema?: z.ZodType }>>;
  readonly handle: (call: Call) => Promise<Answer | Response | Failure>;
};

type Declaration<Query extends z.ZodType, Body extends z.ZodType> = Pick<
  Endpoint,
  "method" | "path" | "tag" | "summary" | "scope" | "answers"
> & {
  readonly query?: Query;
  readonly manyOf?: readonly string[];
  readonly body?: {
    readonly type?: BodyType;
    readonly schema: Body;
    readonly bytesMax?: number;
    readonly optional?: boolean;
    readonly isReadByHandler?: boolean;
  };
  readonly spansAccounts?: boolean;
  readonly handle: (call: Call<z.infer<Query>, z.infer<Body>>) => Promise<Answer | Response | Failure>;
};

/** Fills in what most endpoints share. The call is checked by the schemas before `handle` sees it, which is what the cast says. */
export function endpoint<Query extends z.ZodType = z.ZodType, Body extends z.ZodType = z.ZodType>(
  declaration: Declaration<Query, Body>,
): Endpoint {
  const { body } = declaration;
  return {
    ...declaration,
    spansAccounts: declaration.spansAccounts ?? false,
    query: declaration.query ?? noQuery,
    manyOf: declaration.manyOf ?? [],
    body:
      body === undefined
        ? null
        : {
            type: body.type ?? "json",
            schema: body.schema,
            bytesMax: body.bytesMax ?? apiBodyBytesMax,
            optional: body.optional ?? false,
            isReadByHandler: body.isReadByHandler ?? false,
          },
    handle: declaration.handle as Endpoint["handle"],
  };
}

const noQuery = z.object({});

export const okJson = (json: unknown, headers?: Readonly<Record<string, string>>): Answer => ({
  status: 200,
  json,
  ...(headers === undefined ? {} : { headers }),
});
export const noContent: Answer = { status: 204 };
