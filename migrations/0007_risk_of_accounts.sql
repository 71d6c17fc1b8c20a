CREATE TABLE `risk_reports` (
	`period` text PRIMARY KEY NOT NULL,
	`document_json` text NOT NULL,
	`model_json` text,
	`at` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `accounts` ADD `risk90` real;--> statement-breakpoint
ALTER TABLE `accounts` ADD `risk90_json` text;