CREATE TABLE `fx_tables` (
	`version` integer PRIMARY KEY NOT NULL,
	`document_json` text NOT NULL,
	`author` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `accounts` ADD `arr_unconverted_json` text;