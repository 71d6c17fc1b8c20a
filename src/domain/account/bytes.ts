import { invariant } from "../result.ts";

/** Writes the packed layouts of pages: little-endian, whole numbers as variable-length groups of 7 bits. */
export class ByteWriter {
  private buffer = new Uint8Array(256);
  private length = 0;

  private room(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length + bytes));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }

  /** 0 .. 2^53 - 1; sums beyond lose their last digits, and take more room. */
  uint(value: number): void {
    invariant(value < 2 ** 70, "a number of a page is finite");
    this.room(10);
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.buffer[this.length++] = rest;
  }

  /** -2^52 .. 2^52 - 1. */
  int(value: number): void {
    this.uint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  raw(bytes: Uint8Array): void {
    this.room(bytes.byteLength);
    this.buffer.set(bytes, this.length);
    this.length += bytes.byteLength;
  }

  /** Any number: a small whole one in few bytes, another in nine. */
  number(value: number): void {
    if (Number.isInteger(value) && Math.abs(value) < 2 ** 50) return this.uint((value >= 0 ? value * 2 : -value * 2 - 1) * 2);
    this.uint(1);
    this.room(8);
    new DataView(this.buffer.buffer).setFloat64(this.length, value, true);
    this.length += 8;
  }

  finish(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }
}

/** Reads what `ByteWriter` wrote. Reading past the end throws: a cut page must not pass for a short one. */
export class ByteReader {
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  uint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new RangeError("page ends too early");
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }

  int(): number {
    const value = this.uint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  number(): number {
    const value = this.uint();
    if (value % 2 === 0) return (value / 2) % 2 === 0 ? value / 4 : -(value / 2 + 1) / 2;
    if (this.at + 8 > this.bytes.length) throw new RangeError("page ends too early");
    const read = new DataView(this.bytes.buffer, this.bytes.byteOffset).getFloat64(this.at, true);
    this.at += 8;
    return read;
  }

  /** So many bytes as they lie. */
  slice(bytes: number): Uint8Array {
    if (this.at + bytes > this.bytes.length) throw new RangeError("page ends too early");
    this.at += bytes;
    return this.bytes.subarray(this.at - bytes, this.at);
  }

  /** Passes over so many values of `uint` or `int`. */
  skip(values: number): void {
    for (let left = values; left > 0;) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new RangeError("page ends too early");
      if (byte < 0x80) left--;
    }
  }

  /** Bytes read so far. */
  get position(): number {
    return this.at;
  }

  get atEnd(): boolean {
    return this.at >= this.bytes.length;
  }
}
