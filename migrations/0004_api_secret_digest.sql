ALTER TABLE `connections` ADD `api_secret_digest` text;--> statement-breakpoint
CREATE INDEX `connections_api_secret_digest` ON `connections` (`api_secret_digest`);