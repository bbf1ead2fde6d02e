-- additive
CREATE TABLE "vectors" (
	"model" text NOT NULL,
	"hash" text NOT NULL,
	"vector" text NOT NULL,
	"used_at" timestamp with time zone NOT NULL,
	CONSTRAINT "vectors_model_hash_pk" PRIMARY KEY("model","hash")
);
--> statement-breakpoint
CREATE INDEX "vectors_used" ON "vectors" USING btree ("used_at");