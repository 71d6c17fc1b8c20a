import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { ConfigContent, Fault } from "../../api-types.ts";
import { faultText } from "../../faults.ts";
import { valueAt, withValue } from "./document-value.ts";

/** The document that a form shows, and how its fields change it. */
export type Form = {
  readonly document: ConfigContent;
  readonly readOnly: boolean;
  readonly faults: readonly Fault[];
  readonly change: (document: ConfigContent) => void;
};

export const FormContext = createContext<Form>({ document: {}, readOnly: true, faults: [], change: () => {} });

/** One place of the document: its value, what is wrong with it, and how to change it. */
export function usePlaceOf<Value>(pointer: string): {
  readonly value: Value | undefined;
  readonly fault: string | undefined;
  readonly readOnly: boolean;
  readonly set: (value: Value | null | undefined) => void;
} {
  const form = useContext(FormContext);
  const fault = form.faults.find((one) => one.pointer === pointer);
  return {
    value: valueAt(form.document, pointer) as Value | undefined,
    fault: fault === undefined ? undefined : faultText(fault.detail, null),
    readOnly: form.readOnly,
    set: (value) => form.change(withValue(form.document, pointer, value)),
  };
}
