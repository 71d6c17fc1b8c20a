CREATE TABLE `job_runs` (
	`kind` text NOT NULL,
	`period` text NOT NULL,
	`status` text NOT NULL,
	`attempt` integer NOT NULL,
	`trigger` text NOT NULL,
	`requested_by` text,
	`claimed_at` integer NOT NULL,
	`started_at` integer,
	`finished_at` integer,
	`duration_ms` integer,
	`step` text,
	`error` text,
	`result_json` text,
	`touched_at` integer NOT NULL,
	PRIMARY KEY(`kind`, `period`)
);
