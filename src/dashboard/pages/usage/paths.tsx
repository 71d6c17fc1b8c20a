import { countText, plural } from "../../format.ts";
import { hrefWith, setQuery } from "../../router.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Faces, Skeleton } from "../../ui/faces.tsx";
import { ShareBar } from "./share-bar.tsx";
import { StepField, stepWords } from "./step-field.tsx";
import { AboutAnswer, NothingFound, useAnswer, type Scope } from "./usage-scope.tsx";
import type { Paths as Answer } from "./usage-types.ts";

const depths = [1, 2, 3, 4, 5] as const;
/** How an answer names a step that is too rare to be told by its name. */
const rareStep = "…";

const nothing = { next: "Nothing more in the session", previous: "Nothing before in the session" } as const;
const wordsOf = (step: string): string => (step === rareStep ? "A rare step" : stepWords(step));

/** What people do after something, or before it, within a session. */
export function Paths({ scope, query }: { scope: Scope; query: URLSearchParams }) {
  const anchor = query.get("anchor") ?? "feature.used";
  const direction = query.get("direction") === "previous" ? "previous" : "next";
  const depth = String(depths.find((one) => String(one) === query.get("depth")) ?? 3);
  const answer = useAnswer<Answer>("paths", scope, { anchor, direction, depth });
  return (
    <>
      <form class="usage-form" aria-label="Where the paths begin" onSubmit={(event) => event.preventDefault()}>
        <StepField label="From" step={anchor} onChange={(changed) => setQuery({ anchor: changed })} />
        <div class="toolbar">
          <label class="inline">
            Look
            <select value={direction} onChange={(event) => setQuery({ direction: event.currentTarget.value })}>
              <option value="next">at what comes after</option>
              <option value="previous">at what came before</option>
            </select>
          </label>
          <label class="inline">
            Up to
            <select value={depth} onChange={(event) => setQuery({ depth: event.currentTarget.value })}>
              {depths.map((one) => (
                <option key={one} value={String(one)}>
                  {plural(one, "step")}
                </option>
              ))}
            </select>
          </label>
        </div>
      </form>
      <Faces of={answer} what="The paths" skeleton={<Skeleton rows={8} />}>
        {(data) => (
          <>
            <AboutAnswer of={data} asked={answer} />
            {data.sessions === 0 ? (
              <NothingFound of={data} title={`Nobody did this in this time: ${stepWords(data.anchor)}`}>
                <p>Choose a longer time, or begin with another step.</p>
              </NothingFound>
            ) : (
              <>
                <p class="quiet">
                  {plural(data.sessions, "session")} of {plural(data.people, "person", "people")} with “{stepWords(data.anchor)}”.
                  {data.sessionsLeftOut > 0
                    ? ` Rare paths may be missing, or told with up to ${plural(data.sessionsLeftOut, "session")} too few.`
                    : ""}
                </p>
                <Steps data={data} />
                <Ways data={data} />
              </>
            )}
          </>
        )}
      </Faces>
    </>
  );
}

type Counted = { readonly sessions: number; readonly share: number | null };
const countColumns: readonly Column<Counted>[] = [
  { title: "Sessions", num: true, cell: ({ sessions }) => countText(sessions) },
  { title: "Of all sessions", num: true, cell: ({ share }) => <ShareBar share={share} /> },
];

/** The first step of the paths; each leads on to the paths that begin with it. */
function Steps({ data }: { data: Answer }) {
  const columns: readonly Column<Answer["steps"][number]>[] = [
    { title: "Step", cell: ({ step }) => <FirstStep step={step} direction={data.direction} /> },
    ...countColumns,
  ];
  return (
    <section aria-labelledby="first-steps">
      <h2 id="first-steps">{data.direction === "next" ? "The next step" : "The step before"}</h2>
      <DataTable
        class="usage-steps"
        caption="First steps by the sessions that took them"
        columns={columns}
        rows={data.steps}
        keyOf={({ step }) => step ?? ""}
      />
    </section>
  );
}

function FirstStep({ step, direction }: { step: string | null; direction: Answer["direction"] }) {
  if (step === null) return <>{nothing[direction]}</>;
  if (step === rareStep) return <>{wordsOf(step)}</>;
  return (
    <a href={hrefWith({ anchor: step })} data-row>
      {wordsOf(step)}
    </a>
  );
}

/** Whole paths, told in the order in which they were gone. */
function Ways({ data }: { data: Answer }) {
  const inTime = (steps: readonly string[]): readonly string[] => (data.direction === "next" ? steps : steps.toReversed());
  const columns: readonly Column<Answer["paths"][number]>[] = [
    { title: "Path", class: "wrap", cell: ({ steps }) => inTime(steps).map(wordsOf).join(" → ") || nothing[data.direction] },
    ...countColumns,
  ];
  return (
    <section class="section" aria-labelledby="whole-paths">
      <h2 id="whole-paths">{data.direction === "next" ? "Paths from there" : "Paths to there"}</h2>
      {data.paths.length < data.pathsTotal ? (
        <p class="quiet">
          The {countText(data.paths.length)} most frequent of {plural(data.pathsTotal, "path")}.
        </p>
      ) : null}
      <DataTable
        class="usage-paths"
        caption="Paths by the sessions that took them"
        columns={columns}
        rows={data.paths}
        keyOf={(_, place) => place}
      />
    </section>
  );
}
