CREATE TABLE `account_shards` (
	`name` text PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE TABLE `accounts` (
	`account_id` text PRIMARY KEY NOT NULL,
	`epoch` integer NOT NULL,
	`number` integer NOT NULL,
	`deleted` integer NOT NULL,
	`band` text NOT NULL,
	`score` real,
	`score_day_ago` real,
	`change` real,
	`confidence` real NOT NULL,
	`name` text,
	`owner` text,
	`segment` text,
	`lifecycle_stage` text,
	`plan` text,
	`parent_id` text,
	`arr_minor` integer,
	`currency` text,
	`renewal_date` text,
	`events` integer NOT NULL,
	`open_tickets` integer NOT NULL,
	`active_users_28d` integer NOT NULL,
	`last_event_at` integer,
	`set_aside` integer NOT NULL,
	`computed_at` integer NOT NULL,
	`config_version` text NOT NULL,
	`shard` text NOT NULL,
	`search_text` text NOT NULL,
	`domains_json` text NOT NULL,
	`external_ids_json` text NOT NULL,
	`moves_json` text NOT NULL,
	`score_days_json` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `connections` (
	`id` text PRIMARY KEY NOT NULL,
	`connector` text NOT NULL,
	`name` text NOT NULL,
	`status` text NOT NULL,
	`base_url` text,
	`token_url` text,
	`settings_json` text NOT NULL,
	`secrets_ciphertext` text NOT NULL,
	`secret_names_json` text NOT NULL,
	`project_token` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `connections_project_token` ON `connections` (`project_token`);--> statement-breakpoint
CREATE TABLE `dead_letters` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`reason` text NOT NULL,
	`detail` text NOT NULL,
	`connection_id` text NOT NULL,
	`connector` text NOT NULL,
	`type` text NOT NULL,
	`event_id` text NOT NULL,
	`account_id` text,
	`at` integer NOT NULL,
	`tries` integer NOT NULL,
	`status` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `dead_letters_status_at` ON `dead_letters` (`status`,`at`);--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`request_hash` text NOT NULL,
	`status` integer,
	`body_ciphertext` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `idempotency_keys_created_at` ON `idempotency_keys` (`created_at`);--> statement-breakpoint
CREATE TABLE `projection_state` (
	`name` text PRIMARY KEY NOT NULL,
	`complete_to` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `settings` (
	`id` integer PRIMARY KEY NOT NULL,
	`document_json` text NOT NULL,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`name` text NOT NULL,
	`scopes_json` text NOT NULL,
	`connection_id` text,
	`account_ids_json` text,
	`expires_at` integer,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tokens_hash_unique` ON `tokens` (`hash`);