-- additive
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
CREATE INDEX "questions_conversation" ON "questions" USING btree ("conversation_id","asked_at");--> statement-breakpoint
CREATE INDEX "questions_state" ON "questions" USING btree ("state","asked_at");--> statement-breakpoint
CREATE INDEX "vectors_used" ON "vectors" USING btree ("used_at");