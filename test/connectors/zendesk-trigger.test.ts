import { describe, expect, test } from "vitest";
import { readTriggerBody } from "../../src/connectors/zendesk/trigger-body.ts";

describe("a trigger's body", () => {
  test("names its comment and whether it is public, as placeholders write them", () => {
    const body = { event: "comment added", ticket_id: "7", "comment-id": 8447399999999, is_public: "True" };
    expect(readTriggerBody(body)).toMatchObject({
      type: "ticket.commented",
      data: { ticketId: "7", commentId: "8447399999999", public: true },
    });
    expect(readTriggerBody({ ...body, is_public: "ja" }).data).not.toHaveProperty("public");
  });
});
