CREATE TABLE `config_documents` (
	`kind` text NOT NULL,
	`key` text NOT NULL,
	`version` integer NOT NULL,
	`status` text NOT NULL,
	`revision` integer NOT NULL,
	`document_json` text NOT NULL,
	`author` text NOT NULL,
	`at` integer NOT NULL,
	`note` text,
	PRIMARY KEY(`kind`, `key`, `version`)
);
--> statement-breakpoint
CREATE TABLE `configurations` (
	`version` integer PRIMARY KEY NOT NULL,
	`document_json` text NOT NULL,
	`author` text NOT NULL,
	`at` integer NOT NULL
);
