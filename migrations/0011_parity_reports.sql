CREATE TABLE `parity_reports` (
	`period` text PRIMARY KEY NOT NULL,
	`document_json` text NOT NULL,
	`at` integer NOT NULL
);
