CREATE TABLE "agents" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"public_name" text NOT NULL,
	"email" text,
	"role" text NOT NULL,
	"skills" jsonb NOT NULL,
	"capacity" integer NOT NULL,
	"identities" jsonb NOT NULL,
	"presence" text NOT NULL,
	"presence_until" timestamp with time zone,
	"last_assigned_at" timestamp with time zone,
	"password_hash" text,
	"configured" boolean NOT NULL,
	"disabled" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "attachments" (
	"id" text PRIMARY KEY NOT NULL,
	"conversation_id" text,
	"source" text NOT NULL,
	"source_id" text NOT NULL,
	"owner" text NOT NULL,
	"ref" jsonb NOT NULL,
	"name" text NOT NULL,
	"mime" text NOT NULL,
	"bytes" integer NOT NULL,
	"state" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"error" text,
	"next_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_events" (
	"id" text PRIMARY KEY NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"action" text NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" text,
	"conversation_id" text,
	"data" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "conversations" (
	"id" text PRIMARY KEY NOT NULL,
	"customer_id" text NOT NULL,
	"channel_id" text NOT NULL,
	"user_key" text NOT NULL,
	"thread_key" text NOT NULL,
	"status" text NOT NULL,
	"version" integer NOT NULL,
	"agent_id" text,
	"skill" text,
	"priority" text NOT NULL,
	"locale" text NOT NULL,
	"greeted" boolean NOT NULL,
	"bot_state" jsonb NOT NULL,
	"handoff" jsonb,
	"last_seq" integer NOT NULL,
	"told_place" integer,
	"told_minutes" integer,
	"csat_score" integer,
	"csat_asked_at" timestamp with time zone,
	"opened_at" timestamp with time zone NOT NULL,
	"last_message_at" timestamp with time zone NOT NULL,
	"last_customer_at" timestamp with time zone,
	"queued_at" timestamp with time zone,
	"assigned_at" timestamp with time zone,
	"first_reply_at" timestamp with time zone,
	"resolved_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "customers" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"named" boolean NOT NULL,
	"locale" text,
	"avatar_url" text,
	"first_seen_at" timestamp with time zone NOT NULL,
	"last_seen_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"id" text PRIMARY KEY NOT NULL,
	"position" bigserial NOT NULL,
	"kind" text NOT NULL,
	"target_id" text NOT NULL,
	"lane" text NOT NULL,
	"conversation_id" text NOT NULL,
	"message_id" text,
	"op" text NOT NULL,
	"payload" jsonb NOT NULL,
	"automatic" boolean NOT NULL,
	"state" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"fence" integer DEFAULT 0 NOT NULL,
	"next_at" timestamp with time zone NOT NULL,
	"lease_until" timestamp with time zone,
	"possibly_twice" boolean DEFAULT false NOT NULL,
	"external_ids" jsonb,
	"error" text,
	"origin_key" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "events" (
	"id" text PRIMARY KEY NOT NULL,
	"position" bigserial NOT NULL,
	"source" text NOT NULL,
	"source_id" text NOT NULL,
	"external_id" text NOT NULL,
	"lane" text NOT NULL,
	"payload" jsonb NOT NULL,
	"state" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_at" timestamp with time zone NOT NULL,
	"error" text,
	"result" jsonb,
	"received_at" timestamp with time zone NOT NULL,
	"processed_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "identities" (
	"id" text PRIMARY KEY NOT NULL,
	"customer_id" text NOT NULL,
	"channel_id" text NOT NULL,
	"kind" text NOT NULL,
	"value" text NOT NULL,
	"verified" boolean NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "invites" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"agent_id" text,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "leases" (
	"name" text PRIMARY KEY NOT NULL,
	"holder" text NOT NULL,
	"until" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "message_links" (
	"scope" text NOT NULL,
	"external_id" text NOT NULL,
	"message_id" text NOT NULL,
	"direction" text NOT NULL,
	CONSTRAINT "message_links_scope_external_id_pk" PRIMARY KEY("scope","external_id")
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"id" text PRIMARY KEY NOT NULL,
	"conversation_id" text NOT NULL,
	"seq" integer NOT NULL,
	"author" text NOT NULL,
	"agent_id" text,
	"name" text NOT NULL,
	"parts" jsonb NOT NULL,
	"text" text NOT NULL,
	"client_id" text,
	"external_id" text,
	"via" text,
	"question" jsonb,
	"revisions" jsonb,
	"edited_at" timestamp with time zone,
	"recalled_at" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"agent_id" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"last_seen_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "settings" (
	"key" text PRIMARY KEY NOT NULL,
	"value" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "threads" (
	"id" text PRIMARY KEY NOT NULL,
	"conversation_id" text NOT NULL,
	"desk_id" text NOT NULL,
	"thread_key" text NOT NULL,
	"card_id" text,
	"state" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "conversations" ADD CONSTRAINT "conversations_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "identities" ADD CONSTRAINT "identities_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_conversation_id_conversations_id_fk" FOREIGN KEY ("conversation_id") REFERENCES "public"."conversations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_agent_id_agents_id_fk" FOREIGN KEY ("agent_id") REFERENCES "public"."agents"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "threads" ADD CONSTRAINT "threads_conversation_id_conversations_id_fk" FOREIGN KEY ("conversation_id") REFERENCES "public"."conversations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "agents_email" ON "agents" USING btree ("email");--> statement-breakpoint
CREATE INDEX "attachments_remote" ON "attachments" USING btree ("next_at") WHERE state = 'remote';--> statement-breakpoint
CREATE INDEX "audit_events_conversation" ON "audit_events" USING btree ("conversation_id","id");--> statement-breakpoint
CREATE INDEX "audit_events_action" ON "audit_events" USING btree ("action","at");--> statement-breakpoint
CREATE UNIQUE INDEX "conversations_open" ON "conversations" USING btree ("channel_id","user_key","thread_key") WHERE status <> 'resolved';--> statement-breakpoint
CREATE INDEX "conversations_address" ON "conversations" USING btree ("channel_id","user_key","thread_key","opened_at");--> statement-breakpoint
CREATE INDEX "conversations_status" ON "conversations" USING btree ("status","last_message_at");--> statement-breakpoint
CREATE INDEX "conversations_agent" ON "conversations" USING btree ("agent_id","status");--> statement-breakpoint
CREATE INDEX "conversations_customer" ON "conversations" USING btree ("customer_id");--> statement-breakpoint
CREATE INDEX "conversations_resolved" ON "conversations" USING btree ("resolved_at");--> statement-breakpoint
CREATE UNIQUE INDEX "deliveries_origin" ON "deliveries" USING btree ("origin_key");--> statement-breakpoint
CREATE INDEX "deliveries_open" ON "deliveries" USING btree ("position") WHERE state in ('pending', 'retry', 'sending');--> statement-breakpoint
CREATE INDEX "deliveries_lane" ON "deliveries" USING btree ("lane","position") WHERE state in ('pending', 'retry', 'sending');--> statement-breakpoint
CREATE INDEX "deliveries_message" ON "deliveries" USING btree ("message_id");--> statement-breakpoint
CREATE UNIQUE INDEX "deliveries_update" ON "deliveries" USING btree ("target_id","conversation_id") WHERE op = 'update' and state = 'pending';--> statement-breakpoint
CREATE INDEX "deliveries_trouble" ON "deliveries" USING btree ("state") WHERE state in ('failed', 'unknown', 'held');--> statement-breakpoint
CREATE UNIQUE INDEX "events_once" ON "events" USING btree ("source","source_id","external_id");--> statement-breakpoint
CREATE INDEX "events_pending" ON "events" USING btree ("position") WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX "events_lane" ON "events" USING btree ("lane","position") WHERE state = 'pending';--> statement-breakpoint
CREATE UNIQUE INDEX "identities_address" ON "identities" USING btree ("channel_id","kind","value");--> statement-breakpoint
CREATE INDEX "identities_customer" ON "identities" USING btree ("customer_id");--> statement-breakpoint
CREATE INDEX "message_links_message" ON "message_links" USING btree ("message_id");--> statement-breakpoint
CREATE UNIQUE INDEX "messages_seq" ON "messages" USING btree ("conversation_id","seq");--> statement-breakpoint
CREATE UNIQUE INDEX "messages_client" ON "messages" USING btree ("conversation_id",coalesce(agent_id, ''),"client_id");--> statement-breakpoint
CREATE INDEX "messages_external" ON "messages" USING btree ("conversation_id","external_id");--> statement-breakpoint
CREATE INDEX "sessions_agent" ON "sessions" USING btree ("agent_id");--> statement-breakpoint
CREATE UNIQUE INDEX "threads_key" ON "threads" USING btree ("desk_id","thread_key");--> statement-breakpoint
CREATE UNIQUE INDEX "threads_conversation" ON "threads" USING btree ("conversation_id","desk_id") WHERE state <> 'lost';