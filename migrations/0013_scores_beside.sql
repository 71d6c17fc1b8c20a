ALTER TABLE `accounts` ADD `scorecard` text;--> statement-breakpoint
ALTER TABLE `accounts` ADD `side_scores_json` text;