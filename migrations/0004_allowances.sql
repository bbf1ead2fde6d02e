-- additive
ALTER TABLE "conversations" ADD COLUMN "allowances" jsonb;