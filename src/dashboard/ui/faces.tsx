import type { ComponentChildren } from "preact";
import { clockText } from "../format.ts";
import type { ApiError } from "../api.ts";
import { problemText } from "../faults.ts";
import type { Resource } from "../resource.ts";
import { Icon } from "./icons.tsx";

/** Grey lines of the size of what will come, so that nothing jumps. */
export function Skeleton({ rows, kind = "row" }: { rows: number; kind?: "row" | "line" | "block" }) {
  return (
    <div class="skeletons" role="status">
      <span class="unseen">Loading</span>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} class={`skeleton skeleton-${kind}`} aria-hidden="true" />
      ))}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="face">
      <h2>{title}</h2>
      <div class="face-body">{children}</div>
    </div>
  );
}

/** What failed, since when, what still works, and the way on. */
export function Failed({
  what,
  error,
  since,
  works,
  retry,
}: {
  what: string;
  error: ApiError;
  since: number | null;
  works?: string | undefined;
  retry: () => void;
}) {
  return (
    <div class="face face-failed" role="alert">
      <h2>
        <Icon name="alert" /> {what} could not be read
      </h2>
      <div class="face-body">
        <p>{problemText(error)}</p>
        <p class="quiet">
          {since === null ? "" : `Since ${clockText(since)}. `}
          {works ?? "Events are still taken in and counted; only this view is missing."}
          {error.requestId === null ? "" : ` Request ${error.requestId}.`}
        </p>
        <button type="button" class="button" onClick={retry}>
          <Icon name="refresh" /> Try again
        </button>
      </div>
    </div>
  );
}

type FacesProps<Data> = {
  of: Resource<Data>;
  /** Names the data in sentences: "The portfolio". */
  what: string;
  works?: string;
  skeleton: ComponentChildren;
  children: (data: Data) => ComponentChildren;
};

/** Chooses the face: skeleton, failed, or the data, under a line that says when they are old. */
export function Faces<Data>({ of, what, works, skeleton, children }: FacesProps<Data>) {
  if (of.data === null) {
    if (of.error === null) return <>{skeleton}</>;
    return <Failed what={what} error={of.error} since={of.failedAt} works={works} retry={of.reload} />;
  }
  return (
    <>
      {of.error === null ? null : (
        <div class="notice notice-warn" role="status">
          <Icon name="alert" />
          <span>
            {what} could not be refreshed since {clockText(of.failedAt ?? Date.now())} ({of.error.title.toLowerCase()}).{" "}
            {of.loadedAt === null ? "" : `What you see is from ${clockText(of.loadedAt)}.`}
          </span>
          <button type="button" class="button button-small" onClick={of.reload}>
            Try again
          </button>
        </div>
      )}
      {children(of.data)}
    </>
  );
}
