import { useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { DeliveryBody } from "../../api-types.ts";
import { bytesText, plural } from "../../format.ts";
import { useResource } from "../../resource.ts";
import { Faces, Skeleton } from "../../ui/faces.tsx";

function noteOf(body: DeliveryBody): string {
  const parts = [
    `${bytesText(body.bytes)} in all`,
    body.truncated ? "only its beginning is shown" : "",
    body.masked === 0 ? "" : `${plural(body.masked, "value")} that may be secret hidden`,
  ];
  return `${parts.filter((part) => part !== "").join("; ")}.`;
}

function Body({ body }: { body: DeliveryBody | null }) {
  if (body === null) return <p class="quiet">It cannot be read now: the archive does not answer, or it is older than the archive keeps.</p>;
  if (body.text === null)
    return <p class="quiet">{bytesText(body.bytes)} that cannot be shown: no text, or what must be hidden in it is not known now.</p>;
  return (
    <>
      <pre class="json" tabIndex={0} role="region" aria-label="The body as it was received">
        {body.text}
      </pre>
      <p class="quiet small-print">{noteOf(body)}</p>
    </>
  );
}

/** The body as it came, on demand: it may hold people's words, so nobody meets it unasked. */
export function RawBody({ id }: { id: string }) {
  const [asked, setAsked] = useState(false);
  const detail = useResource(asked ? `delivery body ${id}` : null, (signal) => api.delivery(id, { body: "1" }, signal));
  return (
    <section class="section" aria-labelledby="body">
      <div class="section-head">
        <h2 id="body">As it was received</h2>
      </div>
      {asked ? (
        <Faces of={detail} what="The body" skeleton={<Skeleton rows={4} kind="line" />}>
          {(data) => <Body body={data.body} />}
        </Faces>
      ) : (
        <button type="button" class="button" onClick={() => setAsked(true)}>
          Show the raw body
        </button>
      )}
    </section>
  );
}
