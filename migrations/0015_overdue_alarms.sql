CREATE TABLE `overdue_alarms` (
	`shard` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`overdue_ms` integer NOT NULL
);
