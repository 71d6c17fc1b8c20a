import { journalLinesPerTurn, journalTurnRestMs } from "../../src/domain/limits.ts";
import { wallNow } from "../../src/platform/clock.ts";
import type { Paces } from "./pace.ts";

/** Work that reads much of the journal, a turn at a time, after each of which the isolate rests: live events and reads come in between. */
export class JournalTurns {
  private readonly pace: Paces["journal"];
  private lines = 0;

  constructor({ journal }: Paces) {
    this.pace = journal;
  }

  /** Rests when it is time to. */
  async looked(lines: number): Promise<void> {
    this.lines += lines;
    if (this.lines >= journalLinesPerTurn) await this.rest();
  }

  async rest(): Promise<void> {
    this.lines = 0;
    const wallMs = wallNow();
    this.pace.use(journalTurnRestMs, wallMs);
    await new Promise((resolve) => setTimeout(resolve, this.pace.restMs(wallMs)));
  }
}
