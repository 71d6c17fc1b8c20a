import { type Warning, lackOf, lackReason, namesNeeded } from "../../domain/event-lack.ts";
import { warningsShownMax } from "../../domain/limits.ts";
import { type JsonObject, isObject } from "../kit/json.ts";
import type { PlainEvent } from "./plain-body.ts";

/** Gathers, at the door, which of the events that are taken count for less than their type means; no more than are told. */
export class Lacks {
  readonly warnings: Warning[] = [];

  look(item: JsonObject, index: number): void {
    const { id, type, data } = item as { id: string; type: string; data?: unknown };
    this.note(index, id, type, isObject(data) ? data : {});
  }

  private note(index: number, id: string, type: string, data: JsonObject): void {
    if (this.warnings.length >= warningsShownMax) return;
    const detail = lackOf(type, data);
    if (detail !== null) this.warnings.push({ index, id, reason: lackReason, detail });
  }

  /** The events of a plain body, in their order. Data of texts alone is not taken apart where it names what is needed. */
  lookPlain({ text, idFrom, idTo, typeFrom, typeTo, dataFrom, dataTo, data }: PlainEvent): void {
    const index = this.looked++;
    if (this.warnings.length >= warningsShownMax) return;
    const type = text.slice(typeFrom, typeTo);
    const needs = namesNeeded(type);
    if (needs?.length === 0) return;
    const json = dataTo === 0 ? "{}" : text.slice(dataFrom, dataTo);
    // No text of a plain body holds a quote: what stands in quotes before a colon is a name, and none of its texts is empty.
    if (data === null && needs?.every((names) => names.some((name) => json.includes(`"${name}":`))) === true) return;
    this.note(index, text.slice(idFrom, idTo), type, data ?? (JSON.parse(json) as JsonObject));
  }

  private looked = 0;
}
