import { defineConfig } from "drizzle-kit";

/** `npx drizzle-kit generate --name what_changes` writes the next file of migrations/; it is not edited after merge. */
export default defineConfig({ dialect: "sqlite", schema: "./src/platform/d1/schema.ts", out: "./migrations" });
