import type { ConfigContent, Fault } from "../../api-types.ts";
import { faultText } from "../../faults.ts";
import { hrefWith } from "../../router.ts";
import { Icon } from "../../ui/icons.tsx";
import { placeText } from "./difference-text.ts";
import { valueAt } from "./document-value.ts";

const shownMax = 5;

/** The key of the dimension in which a fault lies: it has to be open for the field to be seen. */
const dimensionOf = (pointer: string, document: ConfigContent): string | null => {
  const index = /^\/dimensions\/(\d+)/.exec(pointer)?.[1];
  const key = index === undefined ? undefined : valueAt(document, `/dimensions/${index}/key`);
  return typeof key === "string" ? key : null;
};

/** All that is wrong, above the form; each leads to where it can be mended. */
export function FaultSummary({ faults, document, open }: { faults: readonly Fault[]; document: ConfigContent; open: readonly string[] }) {
  if (faults.length === 0) return null;
  return (
    <div class="notice notice-warn" role="status">
      <Icon name="alert" />
      <ul class="fault-list">
        {faults.slice(0, shownMax).map((fault) => {
          const dimension = dimensionOf(fault.pointer, document);
          const tab = dimension === null ? (fault.pointer.startsWith("/dimensions") ? null : "rules") : null;
          return (
            <li key={`${fault.pointer} ${fault.detail}`}>
              <a href={hrefWith({ tab, ...(dimension === null ? {} : { open: [...new Set([...open, dimension])] }) })}>
                {placeText(fault.pointer, [document]) || "The document"}
              </a>
              <span>{faultText(fault.detail, null)}</span>
            </li>
          );
        })}
        {faults.length > shownMax ? <li>and {faults.length - shownMax} more</li> : null}
      </ul>
    </div>
  );
}
