import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon, type IconName } from "./icons.tsx";

/** A button that opens a small panel; Escape and a click elsewhere close it. Built on `details`, so it needs no state of its own. */
export function Menu({
  label,
  icon,
  active = false,
  children,
}: {
  label: string;
  icon?: IconName;
  active?: boolean;
  children: ComponentChildren;
}) {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event): void => {
      const element = details.current;
      if (element?.open !== true) return;
      if (event instanceof KeyboardEvent) {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        element.open = false;
        element.querySelector("summary")?.focus();
      } else if (event.target instanceof Node && !element.contains(event.target)) element.open = false;
    };
    document.addEventListener("click", close);
    document.addEventListener("keydown", close, true);
    return () => {
      document.removeEventListener("click", close);
      document.removeEventListener("keydown", close, true);
    };
  }, []);
  return (
    <details class="menu" ref={details}>
      <summary class={active ? "button button-on" : "button"}>
        {icon === undefined ? null : <Icon name={icon} />}
        {label}
      </summary>
      <div class="menu-panel">{children}</div>
    </details>
  );
}

export type Choice = { readonly value: string; readonly label: string; readonly count?: number };

export function CheckMenu({
  label,
  icon,
  choices,
  chosen,
  onChange,
}: {
  label: string;
  icon?: IconName;
  choices: readonly Choice[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}) {
  const active = chosen.length > 0 && icon === undefined;
  const only = chosen.length === 1 ? choices.find((choice) => choice.value === chosen[0])?.label : undefined;
  const text = active ? `${label}: ${only ?? chosen.length}` : label;
  return (
    <Menu label={text} active={active} {...(icon === undefined ? {} : { icon })}>
      <fieldset class="checks">
        <legend class="unseen">{label}</legend>
        {choices.map((choice) => (
          <label key={choice.value}>
            <input
              type="checkbox"
              checked={chosen.includes(choice.value)}
              onChange={(event) =>
                onChange(event.currentTarget.checked ? [...chosen, choice.value] : chosen.filter((value) => value !== choice.value))
              }
            />
            <span>{choice.label}</span>
            {choice.count === undefined ? null : <span class="count">{choice.count}</span>}
          </label>
        ))}
      </fieldset>
      {active ? (
        <button type="button" class="button button-small" onClick={() => onChange([])}>
          Clear
        </button>
      ) : null}
    </Menu>
  );
}
