import type { Delivery } from "../../domain/delivery.ts";
import { deadLetterNumber, toReplay, type DeadLetter } from "../../domain/intake/dead-letter.ts";
import { draftOf } from "../../domain/intake/tally.ts";
import { closedDeadLettersMax, deadLetterCopiesPerCallMax } from "../../domain/limits.ts";
import { EventOutcome } from "../../domain/outcome.ts";
import { commitRows } from "./append.ts";
import { readDelivery } from "./map.ts";
import type { StoredLetter } from "./ports.ts";
import { type IntakeState, retryLater } from "./state.ts";

export const copyDueAt = (state: IntakeState): number | null => (state.hasUncopiedLetters ? state.copyRetry.at : null);

/**
 * Sends copies of new and changed letters to the queue `dead-letters`, from which the lists are made. A letter is flagged as copied only
 * in the version that was sent; until then it is sent again. The shard keeps the original, so the copies may be lost or doubled.
 */
export async function copyLetters(state: IntakeState): Promise<void> {
  const letters = state.store.uncopiedLetters(deadLetterCopiesPerCallMax);
  if (letters.length === 0) {
    state.hasUncopiedLetters = false;
    return;
  }
  try {
    await state.ports.deadLetters.send(letters.map(({ letter }) => letter));
    state.store.commit(() => state.store.markCopied(letters));
    state.copyRetry = { failures: 0, at: 0 };
  } catch (error) {
    state.copyRetry = retryLater(state, state.copyRetry);
    state.ports.report("intake.letter_copy_failed", {
      shard: state.name,
      failures: state.copyRetry.failures,
      error: error instanceof Error ? error.message : String(error),
    });
  }
}

export function letterById(state: IntakeState, id: string): StoredLetter | null {
  const number = deadLetterNumber(state.name, id);
  return number === null ? null : state.store.letter(number);
}

/**
 * Puts a kept letter on the path again, in one commit with the mark on it, so that asking twice replays once.
 *
 * Its events leave the total of their outcome and wait again; `accepted` does not rise, because they were accepted before.
 */
export function replayLetter(state: IntakeState, id: string, options: { readonly asNew: boolean }): DeadLetter | null {
  const stored = letterById(state, id);
  if (stored === null || stored.letter.status !== "open") return stored?.letter ?? null;
  const asKept = toReplay(stored.letter, stored.number, { asNew: options.asNew, now: state.ports.clock.now() });
  const delivery = countedAnew(state, asKept);
  const tally = draftOf(state.marks.tally);
  const outcome = EventOutcome[stored.letter.kind];
  tally.outcomes[outcome] = (tally.outcomes[outcome] ?? 0) - stored.items;
  // A delivery of which a part had settled before its mapper changed comes again as a whole: that part is accepted once more.
  tally.accepted += delivery.head.accepted - stored.items;
  tally.rejected += delivery.head.rejected - asKept.head.rejected;
  const marks = { ...state.marks, tally };
  const letter: DeadLetter = { ...stored.letter, status: "replayed" };
  commitRows(state, [delivery], () => {
    closeLetter(state, { ...stored, letter });
    state.store.putMarks(marks);
  });
  state.marks = marks;
  noteClosed(state, letter);
  return letter;
}

/** What the door counted is what its mapper found then: a delivery that comes again is counted by the mapper of now, if that can read it. */
function countedAnew({ ports }: IntakeState, delivery: Delivery): Delivery {
  try {
    const { items, rejections = [] } = readDelivery(ports, delivery);
    return { ...delivery, head: { ...delivery.head, accepted: items.length, rejected: rejections.length } };
  } catch {
    return delivery;
  }
}

/** Closes a letter for good; it stays in its total. */
export function discardLetter(state: IntakeState, id: string, reason: string): DeadLetter | null {
  const stored = letterById(state, id);
  if (stored === null || stored.letter.status !== "open") return stored?.letter ?? null;
  const letter: DeadLetter = {
    ...stored.letter,
    status: "discarded",
    detail: reason === "" ? stored.letter.detail : `${stored.letter.detail} (discarded: ${reason})`,
  };
  state.store.commit(() => closeLetter(state, { ...stored, letter }));
  noteClosed(state, letter);
  return letter;
}

function closeLetter(state: IntakeState, stored: StoredLetter): void {
  state.store.updateLetter({ ...stored, version: stored.version + 1 });
  state.store.trimClosedLetters(closedDeadLettersMax);
}

/** A closed letter counts as held no longer, and the lists have to be told. */
function noteClosed(state: IntakeState, letter: DeadLetter): void {
  state.heldBytes -= letter.line.length;
  state.hasUncopiedLetters = true;
}
