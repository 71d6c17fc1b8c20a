ALTER TABLE `accounts` ADD `change_week` real;--> statement-breakpoint
UPDATE `accounts` SET `change_week` = `score` - (`score_days_json` ->> '$[#-8]');
