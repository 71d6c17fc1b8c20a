import type { IncomingHttpHeaders } from "node:http";

/** What a fixture refuses, in the words of the API. */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly pointer: string | undefined;
  /** All that is wrong with a document. */
  errors: readonly { readonly pointer: string; readonly detail: string }[] | undefined;
  constructor(status: number, title: string, detail: string, pointer?: string) {
    super(title);
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.pointer = pointer;
  }
}

export type Asked = { method: string; path: string; query: URLSearchParams; headers: IncomingHttpHeaders; body: string };
export type Answered = { status?: number; body: unknown; headers?: Record<string, string> };
