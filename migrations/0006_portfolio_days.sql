CREATE TABLE `portfolio_days` (
	`day` integer PRIMARY KEY NOT NULL,
	`taken_at` integer NOT NULL,
	`document_json` text NOT NULL
);
