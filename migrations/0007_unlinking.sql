-- additive
CREATE TABLE "unlinked_people" (
	"desk_id" text NOT NULL,
	"user_id" text NOT NULL,
	"unlinked_at" timestamp with time zone NOT NULL,
	CONSTRAINT "unlinked_people_desk_id_user_id_pk" PRIMARY KEY("desk_id","user_id")
);
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "messages_changed" ON "messages" USING btree ("conversation_id") WHERE edited_at is not null or recalled_at is not null;