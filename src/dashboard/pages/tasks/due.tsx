import type { Task } from "../../api-types.ts";
import { useNow } from "../../clock.ts";
import { dateOnlyText } from "../../format.ts";
import { localDate } from "../../zone.ts";
import { Age, StateBadge } from "../../ui/figures.tsx";

/** When a task is due, whether that is over, or by whom it was done. */
export function Due({ task }: { task: Task }) {
  const today = localDate(useNow());
  if (task.status === "done")
    return (
      <span class="quiet">
        Done by {task.doneBy?.name ?? "somebody"} <Age at={task.doneAt} />
      </span>
    );
  if (task.due === null) return <span class="quiet">No date</span>;
  return task.due < today ? (
    <StateBadge tone="warn" icon="late">
      Was due {dateOnlyText(task.due)}
    </StateBadge>
  ) : (
    <span>Due {dateOnlyText(task.due)}</span>
  );
}
