import { originTimeoutMs } from "../domain/limits.ts";
import type { Pack } from "../domain/intake/pack.ts";
import { packName, readPackText, toParcel, type Parcel } from "./parcel.ts";
import type { EventsMessage, PipelinePorts } from "./ports.ts";
import type { Reaching } from "./reaching.ts";

/** `gone`: nothing is left to be done for these messages. `later`: their packs could not be had now. */
export type Unpacked = {
  readonly parcels: readonly Parcel[];
  readonly gone: readonly EventsMessage[];
  readonly later: readonly EventsMessage[];
};

/**
 * Messages → packs; a pack that came twice is worked once. A message that cannot be read is put aside for good: its origin still has the
 * pack and drives it again, so nothing hangs on this copy.
 */
export async function unpack(messages: readonly EventsMessage[], ports: PipelinePorts, reaching: Reaching): Promise<Unpacked> {
  const parcels = new Map<string, Parcel>();
  const gone: EventsMessage[] = [];
  const later: EventsMessage[] = [];
  const large: { pack: Pack; message: EventsMessage }[] = [];
  const take = (pack: Pack, message: EventsMessage): void => {
    const name = packName(pack.header);
    const known = parcels.get(name);
    if (known === undefined) parcels.set(name, toParcel(pack, [message]));
    else known.messages.push(message);
  };
  for (const message of messages) {
    const pack = readMessage(message, ports);
    if (pack === null) {
      ports.note("unreadable_pack", { bytes: message.body.byteLength, attempts: message.attempts });
      gone.push(message);
    } else if (pack.header.byReference === true) large.push({ pack, message });
    else take(pack, message);
  }
  await Promise.all(
    large.map(async ({ pack: { header }, message }) => {
      const text = await reaching.call(`${header.origin.kind}/${header.origin.name}`, originTimeoutMs, () =>
        ports.origins.readPack(header.origin, header.id),
      );
      if (!text.ok) return later.push(message);
      const whole = text.value === null ? null : readPackText(text.value);
      if (whole === null || whole.header.byReference === true) return gone.push(message);
      return take(whole, message);
    }),
  );
  return { parcels: [...parcels.values()], gone, later };
}

function readMessage(message: EventsMessage, ports: PipelinePorts): Pack | null {
  try {
    return readPackText(ports.expand(message.body));
  } catch {
    return null;
  }
}
