import { useState } from "preact/hooks";
import { navigate } from "../../router.ts";
import { Menu } from "../../ui/menu.tsx";
import { Icon } from "../../ui/icons.tsx";

/** A view is an address with a name, kept in this browser. To share one, send its link. */
type View = { readonly name: string; readonly search: string };
const storageKey = "pulseline.portfolio.views";
const viewsMax = 30;

function readViews(): readonly View[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey) ?? "[]");
    if (!Array.isArray(stored)) return [];
    return stored.filter(
      (view): view is View =>
        typeof view === "object" && view !== null && typeof (view as View).name === "string" && typeof (view as View).search === "string",
    );
  } catch {
    return [];
  }
}

export function SavedViews() {
  const [views, setViews] = useState(readViews);
  const [name, setName] = useState("");
  const keep = (next: readonly View[]): void => {
    setViews(next);
    try {
      localStorage.setItem(storageKey, JSON.stringify(next));
    } catch {
      // Without storage a view lasts as long as the page.
    }
  };
  const save = (): void => {
    const trimmed = name.trim();
    if (trimmed === "") return;
    keep([...views.filter((view) => view.name !== trimmed), { name: trimmed, search: location.search }].slice(-viewsMax));
    setName("");
  };
  return (
    <Menu label="Views">
      {views.length === 0 ? <p class="quiet">Keep the filters, order and columns you see now under a name.</p> : null}
      <ul class="views">
        {views.map((view) => (
          <li key={view.name}>
            <button type="button" class="button button-quiet" onClick={() => navigate(`/${view.search}`)}>
              {view.name}
            </button>
            <button
              type="button"
              class="button button-quiet"
              aria-label={`Remove view ${view.name}`}
              onClick={() => keep(views.filter((one) => one !== view))}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
      <form
        class="views-form"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <input
          aria-label="Name of this view"
          placeholder="Name of this view"
          value={name}
          maxLength={60}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <button type="submit" class="button">
          Save
        </button>
      </form>
    </Menu>
  );
}
