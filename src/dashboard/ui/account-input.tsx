import { useId } from "preact/hooks";
import { api } from "../api.ts";
import { useResource } from "../resource.ts";

const suggestionsMax = 20;

/** A field for an account's id that suggests accounts by name, id or domain while somebody types. */
export function AccountInput({ ids, value, onValue }: { ids: object; value: string; onValue: (value: string) => void }) {
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
