CREATE TABLE `canary_sightings` (
	`received_at` integer PRIMARY KEY NOT NULL,
	`visible_ms` integer NOT NULL
);
