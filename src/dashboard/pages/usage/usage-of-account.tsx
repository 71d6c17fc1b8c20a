import { Adoption } from "./adoption.tsx";
import { questionPath, questions } from "./questions.ts";
import { daysOf, TimeField } from "./usage-scope.tsx";

/** What one account uses, and the way to the other questions about it. */
export function UsageOfAccount({ id, query }: { id: string; query: URLSearchParams }) {
  const days = daysOf(query);
  return (
    <>
      <div class="toolbar">
        <TimeField days={days} />
        <ul class="usage-more" aria-label="More about the usage of this account">
          {questions
            .filter(({ key }) => key !== "features")
            .map(({ key, word }) => (
              <li key={key}>
                <a href={questionPath(key, id, days)}>{word}</a>
              </li>
            ))}
        </ul>
      </div>
      <Adoption scope={{ accountId: id, segment: null, days }} />
    </>
  );
}
