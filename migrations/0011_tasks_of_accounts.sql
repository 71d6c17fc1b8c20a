ALTER TABLE `accounts` ADD `open_tasks_json` text;--> statement-breakpoint
CREATE INDEX `accounts_open_tasks` ON `accounts` (`account_id`) WHERE open_tasks_json IS NOT NULL;