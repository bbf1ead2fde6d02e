-- additive
CREATE INDEX IF NOT EXISTS "conversations_piled" ON "conversations" USING btree ("status","skill") WHERE status in ('bot', 'resolved') and archived_at is null;--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "conversations_done" ON "conversations" USING btree ("agent_id") WHERE status = 'resolved' and archived_at is null and agent_id is not null;