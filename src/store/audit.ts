// The trail: what happened, and who did it.
import type { Tx } from './database.ts'
import type { AuditRow } from './rows.ts'
import { auditEvents } from './schema.ts'

export async function insertAudit(tx: Tx, rows: AuditRow[]): Promise<void> {
  if (rows.length > 0) await tx.insert(auditEvents).values(rows)
}
