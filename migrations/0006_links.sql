-- additive
CREATE TABLE "agent_links" (
	"desk_id" text NOT NULL,
	"user_id" text NOT NULL,
	"agent_id" text NOT NULL,
	"how" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "agent_links_desk_id_user_id_pk" PRIMARY KEY("desk_id","user_id")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "agent_links_agent" ON "agent_links" USING btree ("agent_id","desk_id");