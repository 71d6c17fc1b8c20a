CREATE TABLE `full_shards` (
	`shard` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`bytes` integer NOT NULL
);
