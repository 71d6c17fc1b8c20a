import { invariant } from "../../result.ts";
import { ByteReader, ByteWriter } from "../bytes.ts";
import { indexOfName, nameAt, type NameIndex } from "../name-index.ts";
import { booleanIn, type FieldKind, fromFieldKey, numberIn, textIn } from "./counted-field.ts";
import { DistinctPart } from "./distinct.ts";
import { type FieldPart, type Sample, WHOLE_DAY } from "./field-part.ts";
import { NumbersPart } from "./numbers.ts";
import { OlderDistinctPart } from "./older-distinct.ts";
import { QuantilesPart } from "./quantiles.ts";

/** The fields that are counted on one UTC day, by key. Each stays packed until something is added to it. */
export class FieldDay {
  /** Something lies in an hour: there is something to drop when hours are kept no longer. */
  hasHours = false;
  private readonly packed = new Map<string, Uint8Array>();
  private readonly open = new Map<string, FieldPart>();

  static fromSection(section: Uint8Array, names: NameIndex, hasHours: boolean): FieldDay {
    const day = new FieldDay();
    day.hasHours = hasHours;
    const from = new ByteReader(section);
    for (let left = from.uint(); left > 0; left--) day.packed.set(nameAt(names, from.uint()), from.slice(from.uint()));
    return day;
  }

  /** Null when there is nothing in it. */
  toSection(names: NameIndex): Uint8Array | null {
    this.close();
    if (this.packed.size === 0) return null;
    const out = new ByteWriter();
    out.uint(this.packed.size);
    for (const [key, bytes] of [...this.packed].sort(([a], [b]) => (a < b ? -1 : 1))) {
      out.uint(indexOfName(names, key));
      out.uint(bytes.byteLength);
      out.raw(bytes);
    }
    return out.finish();
  }

  get keys(): readonly string[] {
    return [...new Set([...this.packed.keys(), ...this.open.keys()])];
  }

  has(key: string): boolean {
    return this.open.has(key) || this.packed.has(key);
  }

  /** As it stands; not to be changed. A packed one is read anew each time. */
  part(key: string): FieldPart | null {
    const known = this.open.get(key);
    if (known !== undefined) return known;
    const bytes = this.packed.get(key);
    return bytes === undefined ? null : readPart(bytes);
  }

  /** Adds a value of an event, where it is one that this kind counts. */
  add(kind: FieldKind, key: string, { value, ...sample }: Sample<unknown>): void {
    if (kind === "distinct") {
      const text = textIn(value);
      if (text === null) return;
      (this.opened(kind, key) as DistinctPart | OlderDistinctPart).add({ ...sample, value: text });
    } else {
      const number = kind === "booleans" ? booleanIn(value) : numberIn(value);
      if (number === null) return;
      (this.opened(kind, key) as NumbersPart | QuantilesPart).add({ ...sample, value: number });
    }
    if (sample.slot !== WHOLE_DAY) this.hasHours = true;
  }

  private opened(kind: FieldKind, key: string): FieldPart {
    let part = this.open.get(key);
    if (part === undefined) {
      part = this.part(key) ?? newPart(kind, key);
      this.open.set(key, part);
      this.packed.delete(key);
    }
    return part;
  }

  /** Takes over what another day has of these keys. */
  take(keys: ReadonlySet<string>, other: FieldDay): void {
    other.close();
    for (const [key, bytes] of other.packed)
      if (keys.has(key)) {
        this.open.delete(key);
        this.packed.set(key, bytes);
      }
    this.hasHours ||= other.hasHours;
  }

  drop(keys: Iterable<string>): void {
    for (const key of keys) {
      this.open.delete(key);
      this.packed.delete(key);
    }
  }

  dropHours(): void {
    for (const key of this.keys) {
      const part = this.part(key);
      if (part === null) continue;
      part.dropHours();
      this.packed.set(key, writePart(part));
    }
    this.open.clear();
    this.hasHours = false;
  }

  /** Gives memory back. */
  close(): void {
    for (const [key, part] of this.open) this.packed.set(key, writePart(part));
    this.open.clear();
  }

  get bytes(): number {
    let bytes = 300;
    for (const part of this.packed.values()) bytes += 150 + part.byteLength;
    for (const part of this.open.values()) bytes += 100 + part.bytes;
    return bytes;
  }
}

function newPart(kind: FieldKind, key: string): FieldPart {
  if (kind === "quantile") return new QuantilesPart();
  if (kind === "distinct") return fromFieldKey(key).isSampled ? new OlderDistinctPart() : new DistinctPart();
  return new NumbersPart();
}

/** By the number that stands for it in pages: only ever appended to. */
const layouts = [NumbersPart, QuantilesPart, OlderDistinctPart, DistinctPart] as const;

/** The layout is the first number, so that a part can be read without its key. */
function writePart(part: FieldPart): Uint8Array {
  const out = new ByteWriter();
  out.uint(layouts.findIndex((layout) => part instanceof layout));
  part.write(out);
  return out.finish();
}

function readPart(bytes: Uint8Array): FieldPart {
  const from = new ByteReader(bytes);
  const layout = layouts[from.uint()];
  invariant(layout !== undefined, "a counted field of a layout that is not known");
  return layout.read(from);
}

/** All that a part says, in one form: equal for equal facts. */
export const plainPart = (part: FieldPart): readonly number[] => [...writePart(part)];
