import { useId } from "preact/hooks";
import { api } from "../api.ts";
import { useResource } from "../resource.ts";

const suggestionsMax = 20;

/** A field for an account's id that suggests accounts by name, id or domain while somebody types. */
export function AccountInput({
  ids,
  value,
  onValue,
  onPick,
}: {
  ids: object;
  value: string;
  onValue: (value: string) => void;
  /** Gets the id of a suggestion that was chosen. */
  onPick?: (id: string) => void;
}) {
  const list = useId();
  const found = useResource(
    `suggest ${value}`,
    async (signal) => (await api.accounts({ q: value, limit: suggestionsMax, sort: "name" }, signal)).items,
    true,
  );
  return (
    <>
      <input
        {...ids}
        list={list}
        required
        value={value}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => onValue(event.currentTarget.value)}
        onChange={(event) => {
          const id = event.currentTarget.value;
          if (found.data?.some((row) => row.id === id) === true) onPick?.(id);
        }}
      />
      <datalist id={list}>
        {(found.data ?? []).map((row) => (
          <option key={row.id} value={row.id}>
            {row.name ?? row.id}
          </option>
        ))}
      </datalist>
    </>
  );
}
