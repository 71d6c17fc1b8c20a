CREATE TABLE `analysis_answers` (
	`key` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`kept_until` integer NOT NULL,
	`bytes` integer NOT NULL,
	`answer_json` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `analysis_answers_at` ON `analysis_answers` (`at`);--> statement-breakpoint
ALTER TABLE `accounts` ADD `open_tasks_json` text;--> statement-breakpoint
CREATE INDEX `accounts_open_tasks` ON `accounts` (`account_id`) WHERE open_tasks_json IS NOT NULL;