ALTER TABLE `accounts` ADD `change_by_configuration` real;--> statement-breakpoint
ALTER TABLE `accounts` ADD `waiting_band_json` text;