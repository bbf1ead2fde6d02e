-- additive
ALTER TABLE "conversations" ADD COLUMN "csat_comment" text;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "clocks" jsonb;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "wait" jsonb;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "closing" jsonb;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "archived_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "conversations_archive" ON "conversations" USING btree ("resolved_at") WHERE status = 'resolved' and archived_at is null;--> statement-breakpoint
CREATE INDEX "conversations_queued" ON "conversations" USING btree ("queued_at") WHERE queued_at is not null;