-- additive
CREATE TABLE "unlinked_people" (
	"desk_id" text NOT NULL,
	"user_id" text NOT NULL,
	"unlinked_at" timestamp with time zone NOT NULL,
	CONSTRAINT "unlinked_people_desk_id_user_id_pk" PRIMARY KEY("desk_id","user_id")
);
