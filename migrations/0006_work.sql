-- additive
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
ALTER TABLE "conversations" ADD COLUMN "shelves" jsonb;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "snoozed_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "close_reason" text;--> statement-breakpoint
CREATE INDEX "followups_agent" ON "followups" USING btree ("agent_id","done_at","due_at");--> statement-breakpoint
CREATE INDEX "followups_conversation" ON "followups" USING btree ("conversation_id");