-- additive
CREATE TABLE "decisions" (
	"id" text PRIMARY KEY NOT NULL,
	"position" bigserial NOT NULL,
	"conversation_id" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"kind" text NOT NULL,
	"agent_id" text,
	"why" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "agent_links" (
	"desk_id" text NOT NULL,
	"user_id" text NOT NULL,
	"agent_id" text NOT NULL,
	"how" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "agent_links_desk_id_user_id_pk" PRIMARY KEY("desk_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "questions" (
	"id" text PRIMARY KEY NOT NULL,
	"conversation_id" text NOT NULL,
	"text" text NOT NULL,
	"entry" text,
	"confidence" double precision NOT NULL,
	"meant" text,
	"helpful" boolean,
	"state" text NOT NULL,
	"asked_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "vectors" (
	"model" text NOT NULL,
	"hash" text NOT NULL,
	"vector" text NOT NULL,
	"used_at" timestamp with time zone NOT NULL,
	CONSTRAINT "vectors_model_hash_pk" PRIMARY KEY("model","hash")
);
--> statement-breakpoint
CREATE TABLE "followups" (
	"id" text PRIMARY KEY NOT NULL,
	"agent_id" text NOT NULL,
	"conversation_id" text NOT NULL,
	"number" integer NOT NULL,
	"desk_id" text NOT NULL,
	"text" text NOT NULL,
	"priority" text NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"reminded_at" timestamp with time zone,
	"done_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "macro_uses" (
	"macro" text NOT NULL,
	"agent_id" text NOT NULL,
	"count" integer NOT NULL,
	"last_at" timestamp with time zone NOT NULL,
	CONSTRAINT "macro_uses_macro_agent_id_pk" PRIMARY KEY("macro","agent_id")
);
--> statement-breakpoint
ALTER TABLE "agents" ADD COLUMN "missed" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "agents" ADD COLUMN "missed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "shelves" jsonb;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "snoozed_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "csat_comment" text;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "clocks" jsonb;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "wait" jsonb;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "closing" jsonb;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "archived_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "decisions_conversation" ON "decisions" USING btree ("conversation_id","position");--> statement-breakpoint
CREATE INDEX "decisions_at" ON "decisions" USING btree ("at");--> statement-breakpoint
CREATE UNIQUE INDEX "agent_links_agent" ON "agent_links" USING btree ("agent_id","desk_id");--> statement-breakpoint
CREATE INDEX "questions_conversation" ON "questions" USING btree ("conversation_id","asked_at");--> statement-breakpoint
CREATE INDEX "questions_state" ON "questions" USING btree ("state","asked_at");--> statement-breakpoint
CREATE INDEX "vectors_used" ON "vectors" USING btree ("used_at");--> statement-breakpoint
CREATE INDEX "followups_agent" ON "followups" USING btree ("agent_id","done_at","due_at");--> statement-breakpoint
CREATE INDEX "followups_conversation" ON "followups" USING btree ("conversation_id");--> statement-breakpoint
CREATE INDEX "conversations_archive" ON "conversations" USING btree ("resolved_at") WHERE status = 'resolved' and archived_at is null;--> statement-breakpoint
CREATE INDEX "conversations_queued" ON "conversations" USING btree ("queued_at") WHERE queued_at is not null;