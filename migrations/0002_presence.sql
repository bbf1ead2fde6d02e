-- additive: an older version does not look at it, and says what it says without it
ALTER TABLE "agents" ADD COLUMN "presence_at" timestamp with time zone;