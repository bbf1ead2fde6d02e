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
ALTER TABLE "agents" ADD COLUMN "missed" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "agents" ADD COLUMN "missed_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "decisions_conversation" ON "decisions" USING btree ("conversation_id","position");--> statement-breakpoint
CREATE INDEX "decisions_at" ON "decisions" USING btree ("at");