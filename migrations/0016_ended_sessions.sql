CREATE TABLE `ended_sessions` (
	`hash` text PRIMARY KEY NOT NULL,
	`ends_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `ended_sessions_ends_at` ON `ended_sessions` (`ends_at`);