CREATE TABLE "attempts" (
	"delivery_id" text NOT NULL,
	"number" integer NOT NULL,
	"holder" text NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"outcome" text,
	"error" text,
	CONSTRAINT "attempts_delivery_id_number_pk" PRIMARY KEY("delivery_id","number")
);
--> statement-breakpoint
CREATE TABLE "pauses" (
	"target_id" text PRIMARY KEY NOT NULL,
	"until" timestamp with time zone NOT NULL,
	"reason" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "processes" (
	"name" text PRIMARY KEY NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"seen_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "messages" DROP CONSTRAINT "messages_conversation_id_conversations_id_fk";
--> statement-breakpoint
DROP INDEX "deliveries_open";--> statement-breakpoint
DROP INDEX "conversations_status";--> statement-breakpoint
DROP INDEX "conversations_agent";--> statement-breakpoint
DROP INDEX "conversations_resolved";--> statement-breakpoint
DROP INDEX "deliveries_trouble";--> statement-breakpoint
DROP INDEX "messages_client";--> statement-breakpoint
DROP INDEX "messages_external";--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "active_slot" integer GENERATED ALWAYS AS (floor(extract(epoch from (last_message_at - timestamptz '2000-01-01 00:00:00+00')) / 300)::int) STORED NOT NULL;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "delivered_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "read_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "deliveries_due" ON "deliveries" USING btree ("target_id","position") WHERE state in ('pending', 'retry');--> statement-breakpoint
CREATE INDEX "deliveries_sending" ON "deliveries" USING btree ("lease_until") WHERE state = 'sending';--> statement-breakpoint
CREATE INDEX "events_dead" ON "events" USING btree ("position") WHERE state = 'dead';--> statement-breakpoint
CREATE INDEX "conversations_status" ON "conversations" USING btree ("status","active_slot");--> statement-breakpoint
CREATE INDEX "conversations_agent" ON "conversations" USING btree ("agent_id","status") WHERE agent_id is not null;--> statement-breakpoint
CREATE INDEX "conversations_resolved" ON "conversations" USING btree ("resolved_at") WHERE resolved_at is not null;--> statement-breakpoint
CREATE INDEX "deliveries_trouble" ON "deliveries" USING btree ("state","position") WHERE state in ('failed', 'unknown', 'held', 'expired');--> statement-breakpoint
CREATE UNIQUE INDEX "messages_client" ON "messages" USING btree ("conversation_id",coalesce(agent_id, ''),"client_id") WHERE client_id is not null;--> statement-breakpoint
CREATE INDEX "messages_external" ON "messages" USING btree ("conversation_id","external_id") WHERE external_id is not null;--> statement-breakpoint
-- Room on each page, so that what is rewritten with every message stays where it is and its indexes are left alone.
ALTER TABLE "conversations" SET (fillfactor = 75);--> statement-breakpoint
ALTER TABLE "customers" SET (fillfactor = 75);--> statement-breakpoint
ALTER TABLE "attempts" SET (fillfactor = 75);
