/**
 * What a reason means, in plain words, with what to do where something can be done. The codes are those of the doors, the connectors and the
 * path; one that is not here is told by its detail, or as it stands.
 */
const words: Readonly<Record<string, string>> = {
  // Refused at the door.
  secret_missing:
    "The connection has no signing secret yet, so nothing can be checked. Copy it from the sender's webhook page into the connection.",
  secret_is_public: "The connection's secret is the vendor's public test secret, which anyone can sign with. Replace it by the real one.",
  signature_missing: "The request bore no signature. Turn signing on at the sender, or see whether somebody else calls this URL.",
  signature_mismatch: "The signature does not fit the body and the secret. Copy the signing secret again from the sender's webhook page.",
  timestamp_missing: "The request bore no time of signing. Turn signing on at the sender.",
  timestamp_invalid: "The time of signing is no ISO 8601 time. See what the sender's webhook page says about its signature.",
  timestamp_out_of_window:
    "The request was signed more than 5 minutes before or after it came. Look at the sender's clock and at what delays it.",
  body_too_large: "The body was larger than the door takes. Let the sender send less in one request.",
  broken_gzip: "The body was said to be gzip and is not, or was cut off on the way.",
  unsupported_encoding: "The body came in an encoding that is not gzip. Let the sender send gzip or none.",
  unsupported_media_type: "The body is of a type that the door does not read. Let the sender send JSON, NDJSON or CloudEvents.",
  not_stored: "The door could not store it and asked the sender to come again. If this lasts, look at the health of the deployment.",
  // Rejected events.
  not_json: "It is not JSON.",
  not_json_object: "The body is no JSON object.",
  // The detail names the bounds.
  time_out_of_range: "Look at the sender's clock and units.",
  account_not_allowed: "The token may not write to this account.",
  token_mismatch: "It bears the project token of another connection.",
  // Counted for less than it might.
  lacks_meaning: "The event is counted; the measures that its type feeds are not moved. Let the sender send the field.",
  // Without effect.
  ignore: "The sender marked it to be ignored.",
  no_identity_key: "It names no account, user, e-mail, domain or external id, so it can belong to nobody.",
  other_group: "It is about a group that is not the account's group. See the connection's group key.",
  reserved_account: "It names the account of this deployment's own canary, which takes nothing from others.",
  unknown_type: "Its type is none that this connector counts.",
  // Dead letters.
  id_conflict: "Another event with this id and other content was counted before. Replay it as new if both happened, else discard it.",
  mapper_failed: "Reading it failed. Nothing of it is lost: replay it once the connector has been mended.",
  item_count_changed: "Newer code finds another number of events in it than the door counted. Look at it, then replay it.",
  unreadable_line: "The event could not be read again. Look at it, then discard it.",
  // What is no fault.
  no_account: "It waits until one of its keys is linked to an account.",
  account_set_aside: "Its account is set aside; it is counted when the account is folded again.",
  repeat: "The same event came before and was counted then.",
  not_kept:
    "All of this delivery has been worked. The front door remembers what became of each event for its last deliveries only; an event that counted stands in its account's timeline.",
  not_asked: "A front door could not be asked what became of it. Look again in a moment.",
  not_readable: "What was received cannot be read now, so this event has no name.",
};

/** The detail tells more than the words where it names the field. */
export function reasonText(reason: string, detail: string): string {
  const known = words[reason];
  if (known === undefined) return detail === "" ? reason.replaceAll("_", " ") : detail;
  return detail.startsWith("/") ? `${detail}. ${known}` : known;
}
