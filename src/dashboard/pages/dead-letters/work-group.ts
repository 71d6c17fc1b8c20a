import { api, readAll } from "../../api.ts";
import type { DeadLetter } from "../../api-types.ts";
import { countText, plural } from "../../format.ts";

const batchMax = 10_000;
/** Of a whole group, this many at a time: enough to be quick, too few to crowd out live events. */
const atOnce = 4;

/** What came of a whole group, in a sentence, and how many of it failed. */
export type Worked = { readonly text: string; readonly failed: number };

/** Works a whole group, a few at a time; tells how far it is, and in the end how many went. A letter that fails stays open and is counted. */
export async function workGroup(
  reason: string,
  work: (letter: DeadLetter) => Promise<unknown>,
  tell: (text: string) => void,
  verb: string,
): Promise<Worked> {
  const letters = await readAll((cursor) => api.deadLetters({ reason, limit: 500, cursor }), batchMax);
  let done = 0;
  let failed = 0;
  const queue = [...letters];
  const failures = (): string => (failed > 0 ? `, ${countText(failed)} failed and stay here` : "");
  const worker = async (): Promise<void> => {
    for (let letter = queue.shift(); letter !== undefined; letter = queue.shift()) {
      await work(letter).then(
        () => (done += 1),
        () => (failed += 1),
      );
      tell(`${countText(done)} of ${countText(letters.length)} done${failures()}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return { text: `${plural(done, "event")} ${verb}${failures()}.`, failed };
}
